"""What a run would do, before any call: the plan, the first prompts, and the calls, tokens, money and time to expect."""

from __future__ import annotations

from collections import Counter
from typing import Final, NamedTuple

import msgspec

from synthetrial.config import RunConfig
from synthetrial.generate.completion import planned_words
from synthetrial.generate.run import plan, workbench
from synthetrial.generate.steps import steps
from synthetrial.generate.writer import first_prompt, reasons_request
from synthetrial.generate.written import Source
from synthetrial.llm.model import Usage
from synthetrial.llm.opening import elsewhere
from synthetrial.llm.prices import cost, load_prices, price_of
from synthetrial.plan import Cell
from synthetrial.trial import label_name


class Habits(NamedTuple):
    """What an engine was seen to need: tokens a word of a prompt and of an answer, attempts an accepted record, calls a
    section and how much of what it writes is written again (base models), completion tokens a second of one call at a time."""

    prompt: float
    answer: float
    attempts: float
    calls: float = 1.0
    again: float = 1.0
    speed: float = 60.0


HABITS: Final = {
    "scripted": Habits(prompt=1.3, answer=1.0, attempts=1.01, speed=20_000),
    "openai": Habits(prompt=1.4, answer=1.15, attempts=1.1),
    "llama.cpp": Habits(prompt=1.74, answer=1.85, attempts=1.55, calls=1.9, again=1.65, speed=40),
}
"""Measured on the demo corpus and on registry text (docs/benchmarks.md, `engine`); `answer` of a chat model is of the planned
words, beside which it writes the names of the fields."""
DRAFTS: Final = Habits(prompt=1.74, answer=2.1, attempts=1.05, speed=60)
"""Of the embedded engine where it writes several drafts in a call: nearly always enough of them pass."""
REASONS_WORDS: Final = 125
ENGINES: Final = 2
"""Calls at once that an embedded model is taken to serve: an engine on each of two cores."""


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """What a run is expected to take; `cost` in US dollars, None without a price; `minutes` at the speed in `HABITS`."""

    calls: int
    prompt_tokens: int
    completion_tokens: int
    cost: float | None
    minutes: float


def dry_run(config: RunConfig, *, allow_synthetic: bool = False) -> dict[str, object]:
    """{"records", "cells", the fields of an `Estimate`, "plan", "first_prompt", "said"}. Calls no model and writes nothing."""
    bench = workbench(config, allow_synthetic=allow_synthetic)
    cells = tuple(plan(bench, config))
    model = elsewhere(config)
    source = Source(recipe=config.recipe, seed=config.seed, mode=model.mode, log_odds=bench.log_odds, view=bench.view)
    best_of = config.recipe.write.best_of
    drafted = model.mode == "completion" and best_of > 1
    habits, first = DRAFTS if drafted else HABITS[model.engine], ""
    calls = words_in = words_out = 0.0
    reasoned: set[tuple[str, ...]] = set()
    for cell in cells if config.recipe.write.by == "model" else ():
        exemplars = bench.exemplars(cell)
        prompt = first_prompt(source, cell, exemplars)
        shown = [prompt]
        if drafted:
            words = best_of * cell.count * planned_words(cell)
            made, read, written = habits.attempts, habits.attempts * len(prompt.split()), habits.attempts * words
        elif model.mode == "completion":
            made, read, written = _sections(cell, len(prompt.split()), habits)
        else:
            made, read, written = habits.attempts, habits.attempts * len(prompt.split()), cell.count * planned_words(cell)
            if config.recipe.reason.mode in ("contrastive", "same-label"):
                asked = "\n".join(each.content for each in reasons_request(source, cell, exemplars).messages)
                shown.insert(0, asked)
                if (told := (*cell.exemplars, "", *cell.contrast)) not in reasoned:  # cells share them
                    reasoned.add(told)
                    made, read, written = made + 1, read + len(asked.split()), written + REASONS_WORDS / habits.attempts
            written *= habits.attempts
        calls, words_in, words_out = calls + made, words_in + read, words_out + written
        first = first or "\n\n".join(shown)
    usage = Usage(prompt_tokens=round(words_in * habits.prompt), completion_tokens=round(words_out * habits.answer))
    at_once = min(config.concurrency, ENGINES) if model.mode == "completion" else config.concurrency
    estimate = Estimate(
        calls=round(calls),
        prompt_tokens=usage.prompt_tokens,
        completion_tokens=usage.completion_tokens,
        cost=cost(usage, price_of(model.name, model.engine, load_prices(config.prices))),
        minutes=round(usage.completion_tokens / habits.speed / at_once / 60, 2),
    )
    found = {"records": sum(each.count for each in cells), "cells": len(cells)} | msgspec.structs.asdict(estimate)
    return found | {
        "plan": msgspec.to_builtins(cells),
        "first_prompt": first,
        "said": "\n".join(_said(cells, estimate, first)),
    }


def _sections(cell: Cell, prompt: int, habits: Habits) -> tuple[float, float, float]:
    """Calls, words read and words written for the records of a cell that is completed section by section."""
    read = written = sections = 0.0
    for each in steps(cell):
        if each.words:
            read += prompt + written
            written += each.words
            sections += 1
    records = cell.count * habits.attempts
    return records * sections * habits.calls, records * read * habits.calls, records * written * habits.again


def _said(cells: tuple[Cell, ...], estimate: Estimate, first: str) -> list[str]:
    rungs = Counter(each.rung for each in cells)
    labels = Counter({"success": 0, "failure": 0})
    for each in cells:
        labels[label_name(each.label)] += each.count
    money = "cost not known (give --prices)" if estimate.cost is None else f"${estimate.cost:.2f}"
    return [
        f"{labels.total()} records in {len(cells)} cells: {labels['success']} successes, {labels['failure']} failures; "
        f"exemplars down to rung {', '.join(f'{name} {n}' for name, n in rungs.most_common())}",
        f"about {estimate.calls} calls, {estimate.prompt_tokens} prompt and {estimate.completion_tokens} completion tokens, "
        f"{money}, {estimate.minutes:.1f} minutes",
        "\n cell drug                         label  n rung      exemplars",
        *(f"{c.index:>5} {c.drug:<32.32} {c.label}  x{c.count} {c.rung:<9} {' '.join(c.exemplars)}" for c in cells),
        "\nThe first prompts:\n" if first else "\nNo model is asked.",
        first,
    ]
