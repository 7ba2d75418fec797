"""Killed at any moment, the same command goes on to every study once, and asks again for no page that was stored."""

import random
import signal
import subprocess
import sys

import pytest

from fetching import ids
from registry_server import serve, study
from synthetrial.corpus.fetch.folder import read_state
from synthetrial.corpus.fetch.paging import AT_ONCE
from synthetrial.corpus.fetch.query import IDS_AT_ONCE

PAGES, SIZE = 30, 4
MOMENTS = ("arrived", "half", "answered")


def fetching(server, folder, *options):
    """The command, as a process."""
    return subprocess.Popen(
        [sys.executable, "-m", "synthetrial", "corpus", "fetch", "-o", folder, "--url", server.url, "--rate", "10000000",
         "--page-size", str(SIZE), "--quiet", *map(str, options)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def pages_of(folder):
    state = read_state(folder)
    return sum(run.pages for each in state.rounds for run in each.runs) if state else 0


def killed(tmp_path, kills, seed, *options):
    """Fetches that are killed while a page is asked for, sent or written; how each process ended."""
    rng, folder = random.Random(seed), tmp_path / "f"
    expected = [f"NCT{number:08}" for number in range(PAGES * SIZE)]
    ends = []
    with serve([study(number) for number in range(PAGES * SIZE)]) as server:
        for kill in range(kills):
            stored = pages_of(folder)
            after = rng.randrange(max(1, (PAGES - stored) // (kills - kill)))
            at, moment, begun = server.count + after, rng.choice(MOMENTS), server.count
            process = fetching(server, folder, *options)

            def hook(number, now, at=at, moment=moment, process=process):
                if (number, now) == (at, moment):
                    process.kill()

            server.hook = hook
            _, said = process.communicate(timeout=60)
            ends.append(process.returncode)
            assert process.returncode in (-signal.SIGKILL, 0), said
            got = pages_of(folder) - stored
            assert got >= 0
            assert ids_of_state(folder) == expected[: (stored + got) * SIZE]
            assert got <= server.count - begun <= got + 2  # in flight: the page that is asked for, and the one being written
        stored, begun, server.hook = pages_of(folder), server.count, lambda number, now: None
        process = fetching(server, folder, *options)
        _, said = process.communicate(timeout=60)
        assert process.returncode == 0, said
        assert server.count - begun == PAGES - stored
    assert ids(folder) == expected
    assert {each.name for each in folder.iterdir()} == {"fetch.json", "fetch.lock", "studies"}
    assert len(list((folder / "studies").rglob("*.*"))) == PAGES
    return ends


def ids_of_state(folder):
    """The ids in the pages that the state counts, in order."""
    count = pages_of(folder) * SIZE
    return ids(folder)[:count]


def test_kills_lose_nothing_and_ask_for_nothing_twice_but_what_was_in_flight(tmp_path):
    assert killed(tmp_path, 3, 0).count(-signal.SIGKILL) >= 2


@pytest.mark.soak
def test_kills_among_runs_of_ids_that_go_on_at_once_lose_nothing(tmp_path):
    wanted = [f"NCT{number:08}" for number in range(5 * IDS_AT_ONCE)]
    (tmp_path / "ids").write_text("\n".join(wanted))
    rng, folder, kills, pages = random.Random(2), tmp_path / "f", 12, 5 * IDS_AT_ONCE // 20
    with serve([study(number) for number in range(5 * IDS_AT_ONCE)]) as server:
        for _ in range(kills):
            process = fetching(server, folder, "--ids", f"@{tmp_path / 'ids'}", "--page-size", 20)
            at, moment = server.count + rng.randrange(8), rng.choice(MOMENTS)

            def hook(number, now, at=at, moment=moment, process=process):
                if (number, now) == (at, moment):
                    process.kill()

            server.hook = hook
            process.communicate(timeout=60)
        server.hook = lambda number, now: None
        process = fetching(server, folder, "--ids", f"@{tmp_path / 'ids'}", "--page-size", 20)
        _, said = process.communicate(timeout=60)
        assert process.returncode == 0, said
        assert pages <= server.count <= pages + 2 * AT_ONCE * kills
    assert sorted(ids(folder)) == wanted


@pytest.mark.soak
def test_twenty_kills_lose_nothing(tmp_path):
    assert killed(tmp_path, 20, 1).count(-signal.SIGKILL) >= 15


def test_ctrl_c_keeps_what_has_come_and_says_how_to_go_on(tmp_path):
    with serve([study(number) for number in range(PAGES * SIZE)]) as server:
        process = fetching(server, tmp_path / "f")

        def hook(number, moment):
            if (number, moment) == (5, "arrived"):
                process.send_signal(signal.SIGINT)
                server.script = {5: "stall"}

        server.hook = hook
        _, said = process.communicate(timeout=60)
        assert (process.returncode, said) == (130, "synthetrial: interrupted; the same command goes on from what is stored\n")
        assert pages_of(tmp_path / "f") == 5
        server.script = {}
        process = fetching(server, tmp_path / "f")
        assert process.wait(timeout=60) == 0
        process.communicate()
    assert ids(tmp_path / "f") == [f"NCT{number:08}" for number in range(PAGES * SIZE)]
