"""How to cite a run and make it again: what it was made from and by, as names, fingerprints, commands and a text to copy."""

from __future__ import annotations

from typing import NamedTuple

from synthetrial.report.facts import Facts


class Origin(NamedTuple):
    """What the first screen says of a run, a line each."""

    made: str
    source: str
    by: str
    when: str


class Citing(NamedTuple):
    """Names and fingerprints, the commands that make the run again, its configuration, and how to cite it."""

    names: tuple[tuple[str, str], ...]
    commands: tuple[str, ...]
    config: str
    citation: str


def origin(facts: Facts) -> Origin:
    """What was made, from what, by what, and when."""
    made = f"{facts.labels[1]:,} labelled success, {facts.labels[0]:,} failure; {_many(len(facts.drugs), 'drug')}, "
    made += f"{_many(len(facts.conditions), 'condition')}"
    corpus = facts.corpus
    source = corpus.name
    if corpus.sides:
        sides = corpus.sides
        source += (
            f": {sum(sides.values()):,} real trials, {corpus.kind} split: {sides['train']:,} to write from and to train on, "
            f"{sides['valid']:,} to choose settings on, {sides['test']:,} to test on"
        )
    by = f"{_model(facts)}, recipe {_recipe(facts)}, seed {facts.config.get('seed')}"
    return Origin(made, source, by, _days(facts))


def citing(facts: Facts) -> Citing:
    """How to cite and repeat the run."""
    corpus = facts.corpus
    names = (
        ("run", facts.name),
        ("Synthetrial", facts.version),
        ("model", _model(facts)),
        ("recipe", _recipe(facts)),
        ("seed", str(facts.config.get("seed"))),
        ("corpus", corpus.name),
        ("corpus fingerprint", corpus.fingerprint),
        ("split fingerprint", corpus.split),
        ("label rule", corpus.label_rule),
    )
    commands = (
        f"synthetrial generate --config {facts.name}/config.toml --out {facts.name}-again",
        f"synthetrial evaluate {facts.name}-again",
        f"synthetrial report {facts.name}-again",
    )
    citation = (
        f"The Synthetrial authors. Synthetrial {facts.version}: labelled synthetic clinical trial records. Run {facts.name}: "
        f"{facts.accepted:,} synthetic records, none of them a registered trial, written by {_model(facts)} with recipe "
        f"{_recipe(facts)} and seed {facts.config.get('seed')}, {_days(facts)}; corpus {corpus.fingerprint[:12]}, "
        f"split {corpus.split[:12]}."
    )
    return Citing(names, commands, facts.config_text, citation)


def _model(facts: Facts) -> str:
    name, engine = facts.model.get("name") or str(facts.config.get("model")), facts.model.get("engine")
    return f"{name} ({engine})" if engine and engine != name else name


def _recipe(facts: Facts) -> str:
    recipe = facts.config.get("recipe")
    return str(recipe.get("name")) if isinstance(recipe, dict) else str(recipe)


def _days(facts: Facts) -> str:
    if facts.days is None:
        return "no record yet"
    first, last = facts.days
    return first if first == last else f"{first} to {last}"


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
