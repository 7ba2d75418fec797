"""The commands of recipes and studies."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from synthetrial import cli_options as options
from synthetrial.cli_output import out, out_json
from synthetrial.paths import RUNS

AGAINST = "grounded"


def recipes(
    name: Annotated[str | None, typer.Argument(help="Show this recipe (a name or a TOML file) in full.")] = None,
    against: Annotated[str, typer.Option("--against", help="What the others are held against.")] = AGAINST,
    json: options.Json = False,
    debug: options.Debug = False,
) -> None:
    """List the bundled recipes with what each changes against `grounded`, or show one."""
    from synthetrial.config import to_toml
    from synthetrial.recipe import bundled_recipes, changes, load_recipe

    if name is not None:
        found = load_recipe(name)
        out_json(found.model_dump(mode="json")) if json else out(to_toml(found))
        return
    other = load_recipe(against)
    every = [load_recipe(each) for each in bundled_recipes()]
    if json:
        told = [[each._asdict() for each in changes(recipe, other)] for recipe in every]
        out_json([recipe.model_dump(mode="json") | {"changes": each} for recipe, each in zip(every, told, strict=True)])
        return
    from rich.table import Table

    table = Table("recipe", "what it is", f"changes against {against}", show_lines=True)
    for recipe in every:
        changed = "\n".join(f"{each.key} = {_said(each.now)}" for each in changes(recipe, other))
        table.add_row(recipe.name, recipe.about, changed or "nothing")
    out(table)


def study(
    file: Annotated[Path, typer.Argument(help="Study (TOML).")],
    folder: Annotated[Path | None, typer.Option("--out", "-o", help="Folder of the study [runs/NAME].")] = None,
    power: Annotated[bool, typer.Option("--power", help="Say what the study could see, from real trials alone.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what is to be made, what is there, and what it takes.")
    ] = False,
    json: options.Json = False,
    quiet: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """Make the sets of a study, measure them, compare; the same command goes on where it stopped."""
    from rich.console import Console

    from synthetrial.llm.opening import open_for
    from synthetrial.study import page, study
    from synthetrial.study.settings import load_study
    from synthetrial.terminal_study import StudyWatcher

    settings = load_study(file)
    target = folder or RUNS / settings.name
    if power:
        found = study.power(settings, target)
        if json:
            out_json(found)
        for seen in () if json else found:
            out(f"{seen.classifier}, n_real = {seen.n_real}: {seen.says()}")
        return
    there = list(study.remaining(settings, target))
    if dry_run:
        rows = [_expected(settings, made, done, target) for made, done in there]
        out_json(rows) if json else out(_table(rows))
        return
    wanted, done = sum(made.n for made, _ in there), sum(each for _, each in there)
    with StudyWatcher(Console(stderr=True), wanted, done, quiet=quiet or json) as watcher:
        results = study.study(settings, target, open_for, watch=watcher.step, watch_run=watcher.event)
    written = page.write(results, target)
    if json:
        out_json({"study": str(target), "files": [str(each) for each in written]})
    else:
        for each in written:
            out(str(each))


def _expected(settings: Any, made: Any, done: int, target: Path) -> dict[str, Any]:
    """What a set still takes."""
    from synthetrial.generate.dry_run import dry_run
    from synthetrial.study.plan import config_of

    row = {"set": made.name, "records": made.n, "there": done}
    names = ("calls", "prompt_tokens", "completion_tokens", "cost", "minutes")
    if done == made.n or made.recipe.write.by != "model":
        return row | dict.fromkeys(names, 0)
    whole = dry_run(config_of(settings, made, target))
    share = 1 - done / made.n
    left = {name: None if whole[name] is None else round(share * float(str(whole[name])), 2) for name in names}
    return row | left


def _table(rows: list[dict[str, Any]]) -> Any:
    from rich.table import Table

    table = Table(*rows[0], title="what is there, and what remains (an estimate)")
    total = {name: round(sum(each[name] or 0 for each in rows), 2) for name in rows[0] if name != "set"}
    for each in [*rows, {"set": "in all", **total}]:
        table.add_row(
            *("unknown" if value is None else f"{value:,}" if name != "set" else value for name, value in each.items())
        )
    return table


def _said(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
