"""A whole run over the store, with the scripted model: exactly N, always the same ones, and stopped runs that go on."""

import asyncio
import itertools
import os
import signal

import msgspec
import pytest

import runs
from synthetrial import retry
from synthetrial.errors import ModelError, StoreError, SynthetrialError, UsageError
from synthetrial.generate.asking import StoppedError
from synthetrial.llm.scripted import ScriptedModel
from synthetrial.text import parse


class Failing(ScriptedModel):
    """Fails for good at call number `at`."""

    def __init__(self, at, **options):
        super().__init__(**options)
        self.at, self.asked, self.closed = at, 0, False

    async def answer(self, request):
        self.asked += 1
        if self.asked == self.at:
            raise ModelError("the key was refused; give another")
        return await super().answer(request)

    async def aclose(self):
        self.closed = True


def test_a_run_accepts_exactly_n_distinct_records_that_keep_every_promise(tmp_path):
    events = []
    counts = runs.make(runs.config(24), tmp_path, watch=events.append)
    trials = list(runs.run.trials_of(tmp_path))
    assert counts["accepted"] == len(trials) == 24
    assert counts["states"]["accepted"] / counts["candidates"] >= 0.7
    assert len({each.id for each in trials}) == len({text for _, text, _ in runs.accepted(tmp_path)}) == 24
    train = {each.trial_id for each in runs.bench().train}
    cells = {each.index: each for each in runs.stored(tmp_path, "cells")}
    for each in trials:
        known, cell = each.provenance, cells[each.provenance.cell]
        assert each.id.startswith("SYN-")
        assert parse(runs.render(each.protocol)) == each.protocol
        assert set(known.exemplars) <= train
        assert known.exemplars == (*cell.exemplars, *cell.contrast)
        assert each.label == cell.label
        assert 0 < known.p_label < 1
        assert known.weight == pytest.approx(known.p_label**3, abs=1e-5)
        assert known.prompt_tokens > 0
        assert known.completion_tokens > 0
        assert all(reason.grounded for reason in each.reasons)
    assert sum(each.kind == "accepted" for each in events) == 24
    assert sum(each.kind == "call" for each in events) == counts["calls"]
    assert [each.trial.id for each in events if each.kind == "accepted"] == [each.id for each in trials]


def test_concurrency_changes_no_record(tmp_path):
    recipe = runs.recipe(check={"max_attempts": 1}, plan={"samples_per_prompt": 3})
    for concurrency in (1, 16):
        model = ScriptedModel(faults={"leak": 0.4, "copy": 0.1, "bad_json": 0.1})
        runs.make(runs.config(24, concurrency=concurrency, recipe=recipe), tmp_path / str(concurrency), model)
    assert runs.accepted(tmp_path / "1") == runs.accepted(tmp_path / "16")
    assert any(each.round for each in runs.stored(tmp_path / "1", "cells"))


@pytest.mark.parametrize("at", [1, 9, 23, 40])
def test_a_model_that_fails_for_good_leaves_a_run_that_ends_as_if_nothing_had_been(tmp_path, at):
    recipe = runs.recipe(check={"max_attempts": 1}, plan={"samples_per_prompt": 1})
    asked = runs.config(16, concurrency=2, recipe=recipe)
    model = Failing(at, faults={"leak": 0.5})
    with pytest.raises(ModelError, match="the key was refused"):
        runs.make(asked, tmp_path / "run", model)
    assert model.closed
    calls = runs.stored(tmp_path / "run", "counts")["calls"]
    assert calls == model.asked - 1  # what was in flight beside it is stored
    again = Failing(-1, faults={"leak": 0.5})
    counts = runs.make(asked, tmp_path / "run", again)
    assert counts["calls"] == calls + again.asked  # nothing was asked twice
    runs.make(asked, tmp_path / "whole", ScriptedModel(faults={"leak": 0.5}))
    assert runs.accepted(tmp_path / "run") == runs.accepted(tmp_path / "whole")


def test_a_finished_run_opens_no_model(tmp_path):
    runs.make(runs.config(3), tmp_path)
    before = runs.accepted(tmp_path)
    opened = []
    counts = runs.run.generate(runs.config(3), tmp_path, opened.append)
    assert counts["accepted"] == 3
    assert opened == []
    assert runs.accepted(tmp_path) == before


def test_hopeless_cells_are_planned_anew_with_what_was_asked_of_them(tmp_path):
    recipe = runs.recipe(check={"max_attempts": 1})
    asked = runs.config(8, recipe=recipe, label=0, phase="PHASE2")
    runs.make(asked, tmp_path, ScriptedModel(faults={"leak": 0.6}))
    anew = [each for each in runs.stored(tmp_path, "cells") if each.round]
    assert anew
    assert all(each.label == 0 and "PHASE2" in each.design.phases for each in anew)


def test_a_cell_of_a_plan_file_is_planned_anew_within_its_row(tmp_path):
    file = tmp_path / "plan.csv"
    file.write_text("drug,label,count\ngemcitabine,1,2\n,0,3\nerlotinib,1,2\n")
    recipe = runs.recipe(check={"max_attempts": 1}, plan={"samples_per_prompt": 2})
    asked = runs.config(1, recipe=recipe, plan_file=str(file))
    counts = runs.make(asked, tmp_path / "run", ScriptedModel(faults={"leak": 0.7}))
    cells = runs.stored(tmp_path / "run", "cells")
    assert counts["accepted"] == 7
    assert [(each.drug, each.label) for each in (cells[0], cells[3])] == [("gemcitabine", 1), ("erlotinib", 1)]
    assert [each.label for each in cells[1:3]] == [0, 0]
    assert cells[0].round + cells[3].round > 0  # else this shows nothing


def test_a_model_that_never_passes_ends_in_one_line_that_says_what_was_wrong(tmp_path):
    recipe = runs.recipe(check={"max_attempts": 1}, plan={"samples_per_prompt": 1})
    with pytest.raises(SynthetrialError, match=r"cell 0 \(.*\) was planned 21 times .*outcome-leak 21") as error:
        runs.make(runs.config(2, concurrency=1, recipe=recipe), tmp_path, ScriptedModel(faults={"leak": 1.0}))
    assert "\n" not in str(error.value)
    assert runs.stored(tmp_path) == 0
    assert {each.round for each in runs.stored(tmp_path, "cells")} == {0, 20}


def test_cells_of_the_same_exemplars_run_together_and_share_their_reasons(tmp_path):
    asked = runs.config(300, concurrency=8)
    cells = runs.plan(n=300)
    sets = {(each.label, each.exemplars, each.contrast) for each in cells}
    assert len(sets) < len(cells)  # else this shows nothing
    counts = runs.make(asked, tmp_path / "8")
    calls = runs.stored(tmp_path / "8", "calls")
    assert sum(each.stage == "reasons" for each in calls) == len(sets)
    assert len({each.key for each in calls}) == len(calls) == counts["calls"]
    taken = [(each.exemplars, each.contrast) for each in runs.stored(tmp_path / "8", "cells")]
    assert sum(one != other for one, other in itertools.pairwise(taken)) == len(set(taken)) - 1
    runs.make(runs.config(300, concurrency=1), tmp_path / "1")
    assert runs.accepted(tmp_path / "1") == runs.accepted(tmp_path / "8")


def test_no_more_is_written_than_a_cell_lacks(tmp_path):
    fours = runs.recipe()
    counts = runs.make(runs.config(5, recipe=fours), tmp_path / "run")  # cells of 4 and 1 records
    assert counts["states"] == {"accepted": 5}
    assert counts["calls"] == 4
    spoiled = runs.make(runs.config(40, recipe=fours), tmp_path / "spoiled", ScriptedModel(faults={"leak": 0.3}))
    assert spoiled["states"].keys() == {"accepted", "rejected"}
    asked = [each.request.n for each in runs.stored(tmp_path / "spoiled", "calls") if each.stage == "write"]
    assert sum(asked) == spoiled["candidates"]
    assert set(asked) > {4}  # a second attempt asks for what the first left


class Parrot(ScriptedModel):
    """Says the first sample of a call in place of the others."""

    async def answer(self, request):
        found = await super().answer(request)
        return msgspec.structs.replace(found, texts=(found.texts[0],) * len(found.texts))


def test_a_near_duplicate_of_an_accepted_record_is_refused_and_skipped_on_demand(tmp_path):
    file = tmp_path / "plan.csv"
    file.write_text("drug,label,count\ngemcitabine,1,4\n")
    tables = {"plan": {"samples_per_prompt": 4}, "retrieve": {"policy": "nearest"}, "check": {"max_attempts": 2}}
    asked = runs.config(4, recipe=runs.recipe(**tables), plan_file=str(file))
    counts = runs.make(asked, tmp_path / "run", Parrot())
    assert counts["rejected_by"]["duplicate"] >= 3
    assert len({text for _, text, _ in runs.accepted(tmp_path / "run")}) == 4
    skipping = runs.config(4, recipe=runs.recipe(**{**tables, "check": {"skip": ["duplicate"]}}), plan_file=str(file))
    counts = runs.make(skipping, tmp_path / "skipping", Parrot())
    assert counts["accepted"] == 4
    assert len({each for each, _, _ in runs.accepted(tmp_path / "skipping")}) == 4
    assert len({text for _, text, _ in runs.accepted(tmp_path / "skipping")}) == 1


def test_a_call_that_fails_retryably_is_made_again_and_one_that_always_does_stops_the_run_resumably(tmp_path, monkeypatch):
    monkeypatch.setattr(retry, "FIRST_WAIT", 0)
    with pytest.raises(ModelError, match="tried 8 times"):
        runs.make(runs.config(6), tmp_path, ScriptedModel(faults={"retryable": 1.0}))
    assert runs.make(runs.config(6), tmp_path, ScriptedModel(faults={"retryable": 0.3}))["accepted"] == 6


class Interrupting(ScriptedModel):
    """Sends this process SIGINT at call number `at`, and goes on."""

    def __init__(self, at, again=False):
        super().__init__(parallel=4)
        self.at, self.again, self.asked = at, again, 0

    async def answer(self, request):
        self.asked += 1
        if self.asked == self.at:
            os.kill(os.getpid(), signal.SIGINT)
            if self.again:
                for _ in range(20):  # the loop sees the first one
                    await asyncio.sleep(0)
                os.kill(os.getpid(), signal.SIGINT)
        if self.again and self.asked >= self.at:
            await asyncio.Event().wait()  # a call that never ends
        return await super().answer(request)


def test_an_interrupt_lets_calls_in_flight_finish(tmp_path):
    model = Interrupting(12)
    with pytest.raises(
        StoppedError, match=r"stopped with \d+ of 20 records in .*; the same command goes on from here"
    ) as error:
        runs.make(runs.config(20, concurrency=4), tmp_path, model)
    assert error.value.exit_code == 130
    assert runs.stored(tmp_path, "counts")["calls"] == model.asked
    assert runs.make(runs.config(20), tmp_path)["accepted"] == 20


def test_a_second_interrupt_ends_calls_that_never_would(tmp_path):
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(StoppedError, match="goes on from here"):
        runs.make(runs.config(20, concurrency=4), tmp_path, Interrupting(12, again=True))
    assert signal.getsignal(signal.SIGINT) is before
    assert 0 < runs.stored(tmp_path, "counts")["calls"] < 40
    assert runs.make(runs.config(20), tmp_path)["accepted"] == 20


def test_other_settings_are_refused_in_the_same_folder_and_other_speed_is_not(tmp_path):
    runs.make(runs.config(3), tmp_path)
    for change in ({"n": 4}, {"seed": 1}, {"label": 1}, {"recipe": runs.recipe(write={"temperature": 0.5})}):
        with pytest.raises(StoreError, match="run with other settings") as error:
            runs.make(runs.config(**{"n": 3, **change}), tmp_path)
        assert "--out" in str(error.value)
        assert ("the recipe" if "recipe" in change else next(iter(change))) in str(error.value)
    said = runs.recipe(plan={"samples_per_prompt": 1}) | {"about": "Said in other words."}
    assert runs.make(runs.config(3, concurrency=1, base_url="http://localhost:1/v1", recipe=said), tmp_path)["accepted"] == 3


def test_a_plan_that_cannot_be_made_leaves_the_folder_free(tmp_path):
    with pytest.raises(UsageError):
        runs.make(runs.config(3, drug="no such drug"), tmp_path)
    assert runs.make(runs.config(2), tmp_path)["accepted"] == 2
