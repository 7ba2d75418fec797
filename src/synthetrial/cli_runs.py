"""The commands that look at runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from synthetrial import cli_options as options
from synthetrial.cli_output import out, out_json
from synthetrial.errors import StoreError, SynthetrialError
from synthetrial.paths import RUNS

if TYPE_CHECKING:
    from synthetrial.evaluate.evaluation import Evaluation
    from synthetrial.evaluate.glance import Glance
    from synthetrial.run.store import RunStore


def runs(
    folder: Annotated[Path, typer.Argument(help="Where the runs are.")] = RUNS,
    json: options.Json = False,
    debug: options.Debug = False,
) -> None:
    """List the runs: how far each is, with what it is made, and what its evaluation says in a few words."""
    from synthetrial.run.overview import overview

    found = [(each, _glance(folder / each["name"])) for each in overview(folder)]
    if json:
        out_json([{**each, "verdict": seen} for each, seen in found])
    elif not found:
        out(f"no runs in {folder}; `synthetrial demo` makes one")
    else:
        from synthetrial.terminal import runs_table

        out(runs_table(found))


def stats(run: options.Run, json: options.Json = False, debug: options.Debug = False) -> None:
    """Say what a run took: calls, latencies, tokens, cost, time."""
    from synthetrial.run.stats import said
    from synthetrial.run.stats import stats as figures
    from synthetrial.run.store import RunStore

    with RunStore.read(run) as store:
        found = figures(store)
    out_json(found) if json else out("\n".join(said(found)))


def show(
    run: options.Run,
    record_id: Annotated[
        str | None,
        typer.Argument(metavar="[ID]", help="A record, by its id or the beginning of it; without it, all are listed."),
    ] = None,
    rejected: Annotated[
        bool, typer.Option("--rejected", help="What was refused and why, in place of what was accepted.")
    ] = False,
    json: options.Json = False,
    debug: options.Debug = False,
) -> None:
    """Print a record of a run with its reasons, its plan and its provenance; without an id, list all of them."""
    from synthetrial.run.store import RunStore

    with RunStore.read(run) as store:
        if record_id is None:
            _list(store, rejected, json)
        else:
            _one(store, record_id, rejected, json)


def compare(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN RUN…", help="Evaluated runs, or evaluation files.")],
    json: options.Json = False,
    debug: options.Debug = False,
) -> None:
    """Set evaluations side by side; where they share their test trials, gains are compared trial by trial."""
    from synthetrial.evaluate.comparing import compare as compared

    evaluations = _evaluations(runs)
    missing = [each for each in runs if each not in evaluations]
    said = f"not evaluated: {', '.join(map(str, missing))}; `synthetrial evaluate {missing[0]}` mends that" if missing else ""
    if len(evaluations) < 2 and missing:
        raise SynthetrialError(f"a comparison takes two evaluated runs or more; {said}")
    if said:
        options.say(said)
    found = compared(tuple(evaluations.values()))
    if json:
        out_json(found)
    else:
        from synthetrial.terminal import comparison_tables

        out(comparison_tables(found))


def _list(store: RunStore, rejected: bool, json: bool) -> None:
    from synthetrial.run import finding

    if json:
        out_json(list(finding.candidates(store) if rejected else finding.records(store)))
        return
    from synthetrial.terminal_record import record_list, rejected_list

    what = "rejected" if rejected else "accepted"
    number = store.counts()["states"].get(what, 0)
    out(f"{number} [SYNTHETIC] {'candidates' if rejected else 'records'} {what} in {store.folder}")
    for table in rejected_list(finding.candidates(store)) if rejected else record_list(finding.records(store)):
        out(table)


def _one(store: RunStore, asked: str, rejected: bool, json: bool) -> None:
    from synthetrial.run import finding

    found = finding.candidate(store, asked) if rejected else finding.record(store, asked)
    if json:
        out_json(found)
        return
    from synthetrial.terminal_record import record_page, rejected_page

    out(rejected_page(found) if isinstance(found, finding.Rejected) else record_page(found))


def _evaluations(runs: list[Path]) -> dict[Path, Evaluation]:
    """The evaluations there are, each named as its folder, or by its path where folders are called the same."""
    from synthetrial.evaluate.reading import load_evaluation, read_evaluation

    found: dict[Path, Evaluation] = {}
    for each in runs:
        if not each.exists():
            raise StoreError(f"{each}: no run here; `synthetrial runs` lists those there are")
        if (evaluation := read_evaluation(each) if each.is_file() else load_evaluation(each)) is not None:
            found[each] = evaluation
    names = [each.resolve().name for each in found]
    return {
        each: msgspec.structs.replace(evaluation, run=str(each) if names.count(name) > 1 else name)
        for name, (each, evaluation) in zip(names, found.items(), strict=True)
    }


def _glance(run: Path) -> Glance | None:
    from synthetrial.evaluate.glance import glance
    from synthetrial.evaluate.reading import load_evaluation

    evaluation = load_evaluation(run)
    return None if evaluation is None else glance(evaluation)
