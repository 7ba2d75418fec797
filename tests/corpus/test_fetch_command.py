"""`synthetrial corpus fetch`: flags to a query, the result as text or JSON, a corpus of it, and errors in one line."""

import io
import json

import pytest
from rich.console import Console

from registry_server import serve, study
from synthetrial.corpus import store
from synthetrial.corpus.fetch.paging import Progress
from synthetrial.terminal_fetch import FetchWatcher


@pytest.fixture
def server():
    with serve([study(number) for number in range(1, 13)]) as found:
        yield found


def test_it_says_what_it_fetched_and_how_a_corpus_is_made_of_it(command, server, tmp_path):
    code, said, noted = command("corpus", "fetch", "--url", server.url, "-o", tmp_path / "f", "--page-size", 5, "--rate", 1e6)
    assert code == 0
    first, second = said.splitlines()
    assert first.startswith("12 studies in 3 pages (0.0 MB) in ")
    assert first.endswith(", 12 of them new; the registry's data are of 2025-06-02T09:00:05")
    assert second == f"make a corpus of it: synthetrial corpus build {tmp_path / 'f' / 'studies'} -o CORPUS"
    assert "studies 12/12 · 3 pages" in noted
    code, said, _ = command("corpus", "build", tmp_path / "f" / "studies", "-o", tmp_path / "c", "--strict")
    assert (code, said) == (0, "read 12, kept 12, rejected 0, labelled 8 (completion)\n")


def test_with_a_corpus_it_is_built_and_later_updated(command, server, tmp_path):
    asked = ("corpus", "fetch", "--url", server.url, "-o", tmp_path / "f", "--corpus", tmp_path / "c", "--rate", 1e6)
    code, said, _ = command(*asked)
    assert code == 0
    assert said.splitlines()[-1].startswith(f"{tmp_path / 'c'}: read 12, kept 12, rejected 0, labelled 8,")
    assert command(*asked, "--update")[1].splitlines()[-1] == f"{tmp_path / 'c'}: nothing new"
    server.data_timestamp, server.studies = "2025-07-01T09:00:00", [*server.studies, study(99, updated="2025-06-30")]
    code, said, _ = command(*asked, "--update", "--json")
    found = json.loads(said)
    assert (code, found["new_studies"], found["since"], found["corpus"]["added"]) == (0, 1, "2025-06-01", 1)
    assert store.load_corpus(tmp_path / "c").by_id("NCT00000099")


def test_flags_reach_the_registry(command, server, tmp_path):
    (tmp_path / "ids.txt").write_text("NCT00000004 NCT00000005 NCT00000077")
    code, said, noted = command(
        "corpus", "fetch", "--url", server.url, "-o", tmp_path / "f", "--rate", 1e6, "--cond", "gout", "--intr", "colchicine",
        "--term", "trial", "--status", "completed", "--status", "TERMINATED", "--ids", f"@{tmp_path / 'ids.txt'}",
        "--ids", "NCT00000006", "--fields", "NCTId|BriefTitle", "--since", "2024-01-01", "--max", 50,
    )  # fmt: skip
    assert code == 0
    assert server.pages[0] == {
        "format": "json",
        "query.cond": "gout",
        "query.intr": "colchicine",
        "query.term": "trial",
        "filter.overallStatus": "COMPLETED,TERMINATED",
        "filter.ids": "NCT00000004,NCT00000005,NCT00000006,NCT00000077",
        "filter.advanced": "AREA[LastUpdatePostDate]RANGE[2024-01-01,MAX]",
        "fields": "NCTId,BriefTitle",
        "pageSize": "50",
        "countTotal": "true",
    }
    assert server.headers["user-agent"].startswith("synthetrial/")
    assert "not in the registry: NCT00000077\n" in noted
    assert said.startswith("3 studies in 1 page (")


def test_a_limit_is_told_and_quiet_says_no_more_than_the_result(command, server, tmp_path):
    asked = ("corpus", "fetch", "--url", server.url, "-o", tmp_path / "f", "--rate", 1e6, "--max", 5, "--quiet")
    code, said, noted = command(*asked)
    assert (code, noted) == (0, "")
    assert said.splitlines()[0].endswith("; stopped at --max, a larger one goes on")


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (("--status", "done"), 2, "no status of the registry"),
        (("--since", "soon"), 2, "no date"),
        (("--ids", "x"), 2, "no NCT number"),
        (("--page-size", "5000"), 2, "--page-size is 1 to 1,000"),
        (("--fields", "Nonsense"), 1, "HTTP 400: `fields` has unknown field `Nonsense`"),
        (("--update",), 2, "holds no earlier fetch"),
        (("--update", "--corpus", "nowhere"), 1, "nowhere does not exist"),
    ],
)
def test_what_is_wrong_is_one_line_and_an_exit_code(command, server, tmp_path, options, code, said):
    found, _, noted = command("corpus", "fetch", "--url", server.url, "-o", tmp_path / "f", "--rate", 1e6, *options)
    assert (found, said in noted) == (code, True), noted
    assert noted.count("\n") == 1


def test_a_terminal_shows_a_bar_and_notes_above_it():
    console = Console(file=io.StringIO(), force_terminal=True, width=120, color_system=None)
    with FetchWatcher(console) as watch:
        watch(Progress(500, None, 1))
        watch(Progress(1500, 3000, 2))
        watch.tell("the data [changed]\x1b[31m")
    shown = console.file.getvalue()
    assert "1500/3000" in shown
    assert "2 pages" in shown
    assert "the data [changed][31m" in shown
