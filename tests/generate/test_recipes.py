"""What recipes change comes out: controls need no model, variants show what they say, a minority run has one label."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import runs
from synthetrial.check import identity
from synthetrial.config import RunConfig, run_config
from synthetrial.corpus.demo import demo_corpus
from synthetrial.generate.exemplar import arranged, shown
from synthetrial.generate.run import generate, trials_of
from synthetrial.generate.writer import first_prompt, write_request
from synthetrial.generate.written import Source
from synthetrial.plan import Cell
from synthetrial.text import render
from synthetrial.trial import RegistryTrial


def asked(recipe: str, n: int = 8, **given: Any) -> RunConfig:
    return run_config({"n": n, "model": "scripted", "recipe": recipe, **given}, "test")


def no_model(config: RunConfig) -> Any:
    raise AssertionError("a control opened a model")


@pytest.mark.parametrize("name", ["recombine", "duplicate", "eda"])
def test_controls_make_records_of_their_exemplars_without_a_model(name: str, tmp_path: Path) -> None:
    generate(asked(name), tmp_path / "run", no_model)
    records = trials_of(tmp_path / "run")
    assert len(records) == 8
    for each in records:
        assert each.id.startswith("SYN-")
        assert each.provenance.model == "none"
        assert each.provenance.prompt_version == name
        assert not identity.scan(render(each.protocol))
        exemplars = [demo_corpus().by_id(trial) for trial in each.provenance.exemplars]
        assert {trial.label.value for trial in exemplars if trial.label} == {each.label}
        own = [trial.protocol for trial in exemplars]
        if name == "duplicate":
            assert each.protocol in own
        if name == "recombine":
            assert each.protocol.eligibility in [protocol.eligibility for protocol in own]
            assert each.protocol.brief_title in [protocol.brief_title for protocol in own]
        if name == "eda":
            assert each.protocol not in own
            assert each.protocol.phases in [protocol.phases for protocol in own]


def test_a_control_is_the_same_in_every_run(tmp_path: Path) -> None:
    for each in ("one", "two"):
        generate(asked("recombine"), tmp_path / each, no_model)
    assert runs.accepted(tmp_path / "one") == runs.accepted(tmp_path / "two")


def test_a_minority_run_has_the_rarer_label_alone(tmp_path: Path) -> None:
    counts = runs.bench().pool.labels()
    rarer = 0 if counts[0] <= counts[1] else 1
    runs.make(asked("minority"), tmp_path / "run")
    assert {each.label for each in trials_of(tmp_path / "run")} == {rarer}


def of_both(recipe: str) -> tuple[Source, Cell, tuple[RegistryTrial, ...]]:
    """A cell of a recipe that has exemplars of both labels (or any cell), and what its writer draws on."""
    config, bench = asked(recipe, 40), runs.bench()
    source = Source(recipe=config.recipe, seed=0, mode="chat", log_odds=bench.log_odds, view=bench.view)
    cells = runs.plan(n=40, recipe=config.recipe.model_dump())
    cell = next((each for each in cells if len(each.contrast) > 1), cells[0])
    return source, cell, bench.exemplars(cell)


@pytest.mark.parametrize("recipe", ["mixed-head", "mixed-tail", "positive-negative", "shuffled"])
def test_variants_show_both_labels_in_their_order_and_say_which_is_which(recipe: str) -> None:
    source, cell, exemplars = of_both(recipe)
    assert len(cell.contrast) > 1
    labels = [each.label.value for each in arranged(cell, exemplars, source.recipe.retrieve.shown) if each.label]
    own, others = [cell.label] * len(cell.exemplars), [1 - cell.label] * len(cell.contrast)
    if recipe == "shuffled":
        assert sorted(labels) == sorted(own + others)
    else:
        assert labels == (own + others if recipe == "mixed-tail" else others + own)
    said = write_request(source, cell, exemplars, (), 0, 1).messages[1].content
    for number, label in enumerate(labels, 1):
        assert f"Trial {number} {'reached its aim' if label == 1 else 'did not reach its aim'}." in said


def test_a_base_model_is_told_the_labels_too_where_both_are_shown() -> None:
    source, cell, exemplars = of_both("mixed-head")
    as_base = Source(recipe=source.recipe, seed=0, mode="completion", log_odds=source.log_odds, view=source.view)
    prompt = first_prompt(as_base, cell, exemplars)
    assert prompt.count("reached its aim\n") + prompt.count("did not reach its aim\n") >= len(exemplars) + 1
    assert prompt.rindex("A trial that") > prompt.rindex("Eligibility:")


@pytest.mark.parametrize("recipe", ["no-retrieval", "attribute-conditioned"])
def test_without_retrieval_no_trial_is_shown(recipe: str) -> None:
    source, cell, exemplars = of_both(recipe)
    said = write_request(source, cell, exemplars, (), 0, 1).messages[1].content
    assert "EXEMPLAR" not in said
    for each in exemplars:
        assert shown(each.protocol, 100)[:200] not in said


def test_what_is_not_retrieved_is_of_any_label() -> None:
    cells = runs.plan(n=40, recipe=asked("no-retrieval").recipe.model_dump())
    assert {each.rung for each in cells} == {"any"}
    found = {(each.label, demo_corpus().by_id(trial).label.value) for each in cells for trial in each.exemplars}  # type: ignore[union-attr]
    assert found == {(0, 0), (0, 1), (1, 0), (1, 1)}
