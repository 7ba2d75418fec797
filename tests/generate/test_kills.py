"""Killed at any moment, a run goes on to exactly N records: the same ones, none twice, and no call made again but those in
flight at a kill (invariants 5 and 6)."""

import random
import signal

import runs
from faults_server import serve
from synthetrial.llm.scripted import ScriptedModel

N = 60
SPOILED = {"leak": 0.15, "bad_json": 0.1, "placeholder": 0.05}


def killed(asked, folder, rng, kills, *where):
    """Kills a run `kills` times while some but not all of its records are accepted; how many were accepted at each kill."""
    seen = []
    while len(seen) < kills:
        low = seen[-1] if seen else 0
        target = low + rng.randrange(1, max(2, (asked.n - 15 - low) // (kills - len(seen)) + 1))
        more = rng.randrange(6)  # events after it, so that the kill falls between others than acceptances too
        done = low
        with runs.child(asked, folder, *where) as process:
            for line in process.stdout:
                done += line == "accepted\n"
                if done >= target:
                    more -= 1
                    if more <= 0:
                        break
            process.kill()
            process.wait()
        assert process.returncode == -signal.SIGKILL, process.stderr.read()
        seen.append(runs.stored(folder))
    return seen


def sweep(folder, seed, kills, n=N, concurrency=4, spoiled=SPOILED, max_attempts=2, where=(), latency=(0.002, 0.02)):
    """A run of `n` records over a loopback server, killed `kills` times, checked against one that was not."""
    recipe = runs.recipe(check={"max_attempts": max_attempts}, plan={"samples_per_prompt": 1})
    rng = random.Random(seed)
    with serve(ScriptedModel(faults=spoiled), latency=latency) as server:
        asked = runs.config(n, concurrency=concurrency, recipe=recipe, base_url=server.base_url)
        seen = killed(asked, folder, rng, kills, *where)
        assert all(0 < each < n for each in seen), seen
        assert seen == sorted(seen)  # nothing that was accepted is lost
        counts = runs.make(asked, folder, runs.served(server, concurrency))
        repeated = sum(each - 1 for each in server.bodies.values())
        assert repeated <= kills * concurrency  # only what was in flight at a kill is asked again
        assert max(server.bodies.values()) <= kills + 1
        assert counts["calls"] == len(server.bodies)  # each question has its one answer in the store
    found = runs.accepted(folder)
    assert counts["accepted"] == len(found) == n
    assert len({trial_id for trial_id, _, _ in found}) == n
    assert len({text for _, text, _ in found}) == n
    whole = folder.with_name(f"{folder.name}-whole")
    with serve(ScriptedModel(faults=spoiled)) as server:  # seeds are cut to 31 bits on the wire: it takes that way too
        runs.make(runs.config(n, concurrency=1, recipe=recipe), whole, runs.served(server))
    assert found == runs.accepted(whole)
    return counts


def test_five_kills_leave_exactly_n_records_and_repeat_no_finished_call(tmp_path):
    counts = sweep(tmp_path / "run", seed=5, kills=5)
    assert counts["rejected_by"]["outcome-leak"] > 0  # rejections and repairs were among what was killed


def test_kills_among_cells_that_are_planned_anew_change_nothing(tmp_path):
    counts = sweep(tmp_path / "run", seed=6, kills=2, n=30, spoiled={"leak": 0.6}, max_attempts=1)
    assert any(each.round for each in runs.stored(tmp_path / "run", "cells"))
    assert counts["states"]["rejected"] > 10


def test_a_kill_before_the_first_call_leaves_a_run_that_can_be_begun(tmp_path):
    asked = runs.config(4, seed=1)
    with runs.child(asked, tmp_path / "run") as process:
        process.stdout.readline()  # the first event: the plan is stored
        process.kill()
        process.wait()
    assert runs.make(asked, tmp_path / "run")["accepted"] == 4


def test_ctrl_c_finishes_what_is_in_flight_says_how_to_go_on_and_exits_130(tmp_path):
    with serve(latency=(0.02, 0.05)) as server:
        asked = runs.config(40, concurrency=4, base_url=server.base_url)
        with runs.child(asked, tmp_path / "run") as process:
            for line in process.stdout:
                if line == "accepted\n":
                    process.send_signal(signal.SIGINT)
                    break
            _, said = process.communicate(timeout=60)
        assert process.returncode == 130, said
        done = runs.stored(tmp_path / "run")
        assert 0 < done < 40
        assert said.strip() == f"stopped with {done} of 40 records in {tmp_path / 'run'}; the same command goes on from here"
        assert {each.done for each in server.requests} == {"answered"}  # none was cut off
        assert server.count == runs.stored(tmp_path / "run", "counts")["calls"]  # every answer was stored
        assert runs.make(asked, tmp_path / "run", runs.served(server))["accepted"] == 40
        assert max(server.bodies.values()) == 1  # and no call was made twice
