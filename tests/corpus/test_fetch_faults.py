"""Whatever the registry does, the fetch goes on, or ends in one line that says what to do; what has come stays."""

import asyncio
import contextlib
import re
import shutil
import socket
import ssl
import subprocess
import threading

import pytest

from fetching import fetched, ids
from registry_server import serve, study
from synthetrial.corpus.fetch import wire
from synthetrial.corpus.fetch.folder import read_state
from synthetrial.corpus.fetch.query import query
from synthetrial.corpus.fetch.run import fetch
from synthetrial.errors import FetchError, RetryableFetchError, SynthetrialError

ALL = [f"NCT{number:08}" for number in range(30)]


@pytest.fixture
def server():
    with serve([study(number) for number in range(30)]) as found:
        yield found


@pytest.mark.parametrize("fault", ["429", "503", "500", "drop", "cut", "html", "empty"])
def test_a_fault_that_passes_costs_a_request_and_nothing_else(server, tmp_path, fault):
    server.script = {0: fault, 2: fault, 3: fault}
    found = fetched(server, tmp_path / "f", page_size=10)
    assert ids(tmp_path / "f") == ALL
    assert found.requests == 8
    assert [each.done for each in server.asked] == [
        "answered",
        fault,
        "answered",
        fault,
        fault,
        "answered",
        "answered",
        "answered",
    ]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("429", r"HTTP 429: Too many requests"),
        ("503", r"HTTP 503: fault 503"),
        ("drop", r"the connection broke off"),
        ("cut", r"an answer of [\d,]+ bytes that is cut off or broken"),
        ("html", r"an HTML page, not JSON; is a proxy or a log-in page in between\?"),
        ("empty", r"an empty answer"),
    ],
)
def test_a_fault_that_stays_ends_in_one_line_and_the_same_command_goes_on(server, tmp_path, fault, said):
    waits = []

    async def sleep(seconds):
        waits.append(seconds)

    server.script = dict.fromkeys(range(1, 9), fault)
    with pytest.raises(FetchError, match=said) as error:
        fetched(server, tmp_path / "f", page_size=10, sleep=sleep)
    text = str(error.value)
    assert not isinstance(error.value, RetryableFetchError)
    assert "\n" not in text
    assert text.startswith(server.url)
    assert (
        "(tried 8 times); check that the server runs and is not overloaded, then run the same command again: it goes on" in text
    )
    assert len(waits) == 7
    assert read_state(tmp_path / "f").rounds[0].runs[0].pages == 1
    fetched(server, tmp_path / "f", page_size=10)
    assert ids(tmp_path / "f") == ALL
    assert len(server.pages) == 3


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("404", r"HTTP 404: fault 404; --url is what stands before /studies, such as https://clinicaltrials.gov/api/v2"),
        ("403", r"HTTP 403: fault 403; the registry does not serve this address or client: try later with a lower --rate, or"),
        ("418", r"HTTP 418: fault 418; check --url"),
        ("redirect-away", r"it redirects to http://other.invalid, which is not followed; check --url"),
        ("loop", r"more than 5 redirects; check --url"),
    ],
)
def test_a_fault_that_no_retry_mends_is_told_at_once(server, tmp_path, fault, said):
    server.always = fault
    with pytest.raises(FetchError, match=said) as error:
        fetched(server, tmp_path / "f")
    assert "\n" not in str(error.value)
    assert not isinstance(error.value, RetryableFetchError)
    assert sum(each.path == "studies" for each in server.asked) == (6 if fault == "loop" else 1)


def test_what_the_registry_does_not_take_is_told_in_its_words(server, tmp_path):
    with pytest.raises(
        FetchError, match=r"studies: HTTP 400: `fields` has unknown field `Nonsense`; correct --cond, .* or --fields$"
    ):
        fetched(server, tmp_path / "f", query(fields=["Nonsense"]))
    assert len(server.asked) == 2  # with /version


def test_a_redirect_to_the_same_host_is_followed(server, tmp_path):
    server.script = {0: "redirect"}
    fetched(server, tmp_path / "f", page_size=10)
    assert ids(tmp_path / "f") == ALL


@pytest.mark.parametrize(
    ("old", "target", "new"),
    [
        ("http://a/x", "/y", "http://a/y"),
        ("http://a/x", "https://a/y", "https://a/y"),
        ("https://a/x", "https://b/y", "https://b/y"),
        ("https://a/x", "http://a/y", None),
        ("http://a/x", "http://a:81/y", None),
        ("http://a/x", "http://b/y", None),
        ("http://a/x", "file:///etc/passwd", None),
    ],
)
def test_redirects_never_lead_to_another_host_or_down_from_https(old, target, new):
    if new is None:
        with pytest.raises(FetchError, match="which is not followed"):
            wire._followed(old, target, "w")
    else:
        assert wire._followed(old, target, "w") == new


def test_a_server_that_says_how_long_is_left_alone_for_as_long(server, tmp_path):
    waits = []

    async def sleep(seconds):
        waits.append(seconds)

    server.script = {1: "429-wait"}
    fetched(server, tmp_path / "f", page_size=10, sleep=sleep)
    assert any(6.9 <= each < 8.8 for each in waits)
    assert ids(tmp_path / "f") == ALL


def test_a_token_that_has_expired_begins_the_fetch_anew_and_keeps_nothing_half(server, tmp_path):
    said = []
    fetched(server, tmp_path / "f", page_size=10, most=20)
    server.data_timestamp = "2025-06-03T09:00:05"
    server.studies = server.studies[5:]
    found = fetched(server, tmp_path / "f", page_size=10, tell=said.append)
    assert ids(tmp_path / "f") == ALL[5:]
    assert (found.studies, found.pages, found.done) == (25, 3, True)
    assert [re.sub(r"http\S+", "URL", each) for each in said if "page token" in each] == [
        "URL HTTP 400: `pageToken` is not valid: the page token has expired; beginning again from the first page"
    ]
    assert any("data changed from 2025-06-02T09:00:05 to 2025-06-03T09:00:05" in each for each in said)
    assert {each.name for each in (tmp_path / "f" / "studies" / "001").iterdir()} == {
        f"00001r1-{page:05}.jsonl.gz" for page in (1, 2, 3)
    }


def test_a_token_that_expires_in_the_middle_of_a_fetch_does_so_too_but_not_for_ever(server, tmp_path):
    changes = iter(range(3, 9))

    def hook(number, moment):
        if number in (1, 4) and moment == "answered":
            server.data_timestamp = f"2025-06-0{next(changes)}T09:00:05"

    server.hook = hook
    fetched(server, tmp_path / "f", page_size=10)
    assert ids(tmp_path / "f") == ALL

    def always(number, moment):
        if moment == "answered":
            server.data_timestamp += "1"

    server.hook = always
    with pytest.raises(FetchError, match="`pageToken` is not valid"):
        fetched(server, tmp_path / "g", page_size=10)


def test_an_answer_too_large_or_a_compressed_bomb_is_refused_without_being_held(server, tmp_path, monkeypatch):
    monkeypatch.setattr(wire, "MOST_BYTES", 2_000_000)
    for fault in ("huge", "bomb"):
        server.always = fault
        with pytest.raises(
            FetchError, match=r"an answer of more than 2,000,000 bytes; give a smaller --page-size or fewer --fields"
        ):
            fetched(server, tmp_path / fault)


def test_a_server_that_says_nothing_is_waited_for_only_so_long(server, tmp_path):
    server.always = "stall"
    with pytest.raises(FetchError, match=r"no answer in time \(tried 8 times\)"):
        fetched(server, tmp_path / "f", seconds=0.05)


def test_no_connection_and_no_such_host_are_told_soon(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    waits = []

    async def sleep(seconds):
        waits.append(seconds)

    for url in (f"http://127.0.0.1:{port}/api/v2", "http://no-such-host.invalid/api/v2"):
        with pytest.raises(FetchError, match=r"/version: no connection \(.*\) \(tried 3 times\)") as error:
            fetch(query(), tmp_path / "f", url=url, sleep=sleep)
        assert "\n" not in str(error.value)
    assert len(waits) == 4


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate")
def test_a_certificate_that_is_not_trusted_is_told_at_once(tmp_path):
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=127.0.0.1"]
    subprocess.run(["openssl", "req", *kind, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def shake_hands():
            connection, _ = listener.accept()
            with connection, contextlib.suppress(OSError):
                context.wrap_socket(connection, server_side=True).close()

        thread = threading.Thread(target=shake_hands)
        thread.start()
        with pytest.raises(FetchError, match=r"/version: its certificate is not trusted .*check the clock") as error:
            fetch(query(), tmp_path / "f", url=f"https://127.0.0.1:{listener.getsockname()[1]}/api/v2")
        thread.join()
    assert "\n" not in str(error.value)


def test_a_page_that_names_itself_as_the_next_ends_the_fetch(server, tmp_path, monkeypatch):
    body = b'{"studies": [], "nextPageToken": "again"}'
    monkeypatch.setattr(server, "_body", lambda asked: body)
    with pytest.raises(FetchError, match="a page that names itself as the next"):
        fetched(server, tmp_path / "f")


def test_requests_are_spread_over_the_minute(server, tmp_path):
    from synthetrial.corpus.fetch.registry import Registry

    async def asked():
        async with Registry(server.url, rate=24) as registry:
            for _ in range(2):
                await registry.version()
            return registry._limit.has_capacity()

    assert asyncio.run(asked()) is False  # two of 24 a minute in five seconds, the third has to wait


def test_credentials_of_the_url_stand_in_no_message_and_no_file(server, tmp_path):
    secret = "s3cret"
    url = server.url.replace("http://", f"http://me:{secret}@")
    fetched(server, tmp_path / "f", url=url)
    assert secret not in (tmp_path / "f" / "fetch.json").read_text()
    server.always = "404"
    with pytest.raises(SynthetrialError) as error:
        fetched(server, tmp_path / "g", url=url)
    assert secret not in str(error.value)
