"""A server is asked for its models once; whatever comes back, or nothing, is told in words, and the key in none of them."""

import socket

import pytest

from faults_server import serve
from synthetrial.errors import UsageError
from synthetrial.llm.endpoint import reach

KEY = "sk-canary-77aa01"


def test_a_server_that_is_there_lists_its_models_and_how_long_it_took():
    with serve() as server:
        found = reach(server.base_url, KEY)
        assert server.headers["authorization"] == f"Bearer {KEY}"
    assert (found.status, found.models, found.wrong) == (200, ("scripted",), "")
    assert found.where == server.base_url
    assert found.seconds > 0


def test_without_a_key_none_is_sent():
    with serve() as server:
        assert reach(f"{server.base_url}/", None).wrong == ""
        assert "authorization" not in server.headers


@pytest.mark.parametrize(
    ("fault", "status", "said"),
    [
        ("401", 401, "incorrect API key"),
        ("404", 404, "does not exist"),
        ("html502", 502, "502 Bad Gateway"),
        ("html200", 200, "no list of models"),
        ("garbage", 200, "no list of models"),
    ],
)
def test_what_a_server_answers_instead_is_told_in_words(fault, status, said):
    with serve(faults={fault: 1}) as server:
        found = reach(server.base_url, KEY)
    assert (found.status, found.models, said in found.wrong) == (status, (), True)


def test_a_port_that_nobody_listens_on_is_no_connection():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    found = reach(f"http://127.0.0.1:{port}/v1", KEY)
    assert (found.status, "no connection" in found.wrong) == (None, True)


def test_a_server_that_never_answers_is_waited_for_only_so_long():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        found = reach(f"http://127.0.0.1:{listener.getsockname()[1]}/v1", None, timeout=0.05)
    assert (found.status, found.wrong) == (None, "no answer within 0.05 s")


def test_a_key_that_the_server_sends_back_or_that_cannot_be_sent_is_not_shown():
    with serve(faults={"401": 1}) as server:
        found = reach(server.base_url, "incorrect API key")
        assert "[key] provided" in found.wrong
        spoilt = reach(server.base_url, f"{KEY}\n")
    assert spoilt.wrong
    assert KEY not in str(spoilt)


def test_a_base_url_that_is_none_is_wrong_usage():
    with pytest.raises(UsageError, match="--base-url"):
        reach("localhost:8000", None)


def test_credentials_in_the_url_are_not_shown():
    with serve() as server:
        found = reach(server.base_url.replace("//", "//user:secret@"), KEY)
        assert server.headers["authorization"].startswith("Basic ")
    assert found.where == server.base_url
    assert "secret" not in str(found)
