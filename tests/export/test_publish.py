"""Publishing, against a stand-in of the hub: what may go out does, what may not is refused before anything is sent."""

import os

import pytest
from handed_out import change, trial
from hub_server import hub

from shown_run import accept
from synthetrial.errors import MissingExtraError, RefusedError, UsageError
from synthetrial.export.publish import HubError, publish, publishable
from synthetrial.generate.run import trials_of
from synthetrial.run.store import RunStore

TOKEN = "hf_thisisasecret"
REPO = "our-lab/trials"


@pytest.fixture
def server(monkeypatch):
    """A hub that the environment points to, with a token for it."""
    constants = pytest.importorskip("huggingface_hub.constants")
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)  # the stand-in keeps files as any git server would
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    with hub() as running:
        monkeypatch.setenv("HF_ENDPOINT", running.url)
        yield running


def refused(kind, run, said, *, repo=REPO, licence="CC-BY-4.0"):
    """Publishing is refused with one line that says so."""
    for call in (publishable, publish):
        with pytest.raises(kind, match=said) as error:
            call(run, repo, licence=licence)
        assert "\n" not in str(error.value)
        assert TOKEN not in str(error.value)


def test_a_measured_run_is_pushed_as_a_new_dataset(run, server, tmp_path):
    assert publishable(run, REPO, licence="CC-BY-4.0") == (24, ())
    assert server.asked == []
    done = publish(run, REPO, licence="CC-BY-4.0")
    assert done == (24, f"{server.url}/datasets/{REPO}")
    files = server.datasets[REPO]
    assert set(files) == {".gitattributes", "README.md", "croissant.json", "data/train-00000-of-00001.parquet"}
    assert server.private[REPO] is False
    assert server.tokens <= {f"Bearer {TOKEN}", ""}
    assert server.messages == ["24 synthetic clinical trial records"]
    card = files["README.md"].decode()
    assert f'load_dataset("{REPO}", split="train")' in card
    assert 'license: "cc-by-4.0"' in card
    for name, content in files.items():
        path = tmp_path / "back" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    datasets = pytest.importorskip("datasets")
    back = datasets.load_dataset(str(tmp_path / "back"), split="train", cache_dir=str(tmp_path / "cache"))
    assert back["id"] == [each.id for each in trials_of(run)]


def test_a_private_dataset_is_made_private(run, server):
    publish(run, REPO, licence="MIT", private=True, progress=True)
    assert server.private[REPO] is True


@pytest.mark.parametrize("repo", ["trials", "a/b/c", "/x", "x/", "a b/c", "https://huggingface.co/a/b"])
def test_a_name_that_is_none_is_wrong_usage(run, repo):
    refused(UsageError, run, "--repo is ORG/NAME", repo=repo)


def test_a_licence_is_needed(run):
    refused(UsageError, run, "needs a licence", licence=None)


def test_a_run_that_was_not_evaluated_is_refused(run):
    (run / "evaluation.json").unlink()
    refused(RefusedError, run, "was not evaluated; run `synthetrial evaluate")


def test_a_run_with_more_records_than_were_evaluated_is_refused(run):
    with RunStore.open(run) as store:
        accept(store, trial(), 24)
    refused(RefusedError, run, "24 records were evaluated, and there are 25 now")


def test_a_run_with_an_older_evaluation_is_refused(run):
    os.utime(run / "evaluation.json", (0, 0))
    refused(RefusedError, run, "older than its records")


def test_a_run_whose_texts_name_somebody_is_refused(run):
    change(run, "identity-scan", value=2.0)
    refused(RefusedError, run, "its texts name 2 registry numbers, persons, contacts or sites")


def test_a_run_that_was_not_scanned_is_refused(run):
    path = run / "evaluation.json"
    path.write_bytes(path.read_bytes().replace(b'"identity-scan"', b'"another"'))
    refused(RefusedError, run, "has no identity-scan")


def test_without_a_token_nothing_is_sent(run, server, monkeypatch, tmp_path):
    from huggingface_hub import constants

    monkeypatch.delenv("HF_TOKEN")
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "none"))
    refused(HubError, run, "no token for the hub: log in with `hf auth login`")
    assert server.asked == []


def test_without_the_extra_the_command_that_installs_it_is_said(run, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    refused(MissingExtraError, run, r'pip install "synthetrial\[hf\]"')


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/api/repos/create", 401, "does not know the token; log in with `hf auth login`"),
        ("/api/repos/create", 403, "may not write there"),
        ("/api/repos/create", 500, "failed with status 500; run the same command again later"),
        ("/api/repos/create", 400, "nothing was published"),
        ("/commit/main", 500, "failed with status 500; run the same command again later"),
        ("/commit/main", 401, "does not know the token"),
        ("/objects/", 403, "may not write there"),
        ("/preupload/", 403, "may not write there"),
    ],
)
def test_a_refusal_of_the_hub_is_one_line_without_the_token(run, server, path, status, said):
    server.fails[path] = status
    with pytest.raises(HubError, match=said) as error:
        publish(run, REPO, licence="MIT")
    assert str(error.value).startswith(REPO)
    assert "\n" not in str(error.value)
    assert TOKEN not in str(error.value)
    assert set(server.datasets.get(REPO, ())) <= {".gitattributes"}


def test_the_same_command_goes_on_after_a_failure(run, server):
    server.fails["/commit/main"] = 500
    with pytest.raises(HubError):
        publish(run, REPO, licence="MIT")
    server.fails.clear()
    assert publish(run, REPO, licence="MIT").url == f"{server.url}/datasets/{REPO}"
    assert "README.md" in server.datasets[REPO]


def test_a_dataset_that_is_there_is_left_alone(run, server):
    server.add(REPO, **{"README.md": b"somebody's"})
    with pytest.raises(HubError, match="is on the hub already; give another --repo"):
        publish(run, REPO, licence="MIT")
    assert server.datasets[REPO]["README.md"] == b"somebody's"


def test_an_empty_public_dataset_does_not_serve_for_a_private_one(run, server):
    server.add(REPO, private=False)
    with pytest.raises(HubError, match="is on the hub already"):
        publish(run, REPO, licence="MIT", private=True)
    assert set(server.datasets[REPO]) == {".gitattributes"}


def test_a_hub_that_is_not_there_is_one_line(run, server, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(HubError, match="nothing was published") as error:
        publish(run, REPO, licence="MIT")
    assert "\n" not in str(error.value)
