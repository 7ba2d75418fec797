"""What a run would do, before any call: the plan, the first prompts, and how many calls and tokens to expect."""

from __future__ import annotations

from collections import Counter
from typing import Final

import msgspec

from synthetrial.config import RunConfig, default_recipe
from synthetrial.generate.completion import planned_words
from synthetrial.generate.run import plan, workbench
from synthetrial.generate.steps import steps
from synthetrial.generate.writer import Source, first_prompt, reasons_request

TOKENS_PER_WORD: Final = 1.4


def dry_run(config: RunConfig, *, allow_synthetic: bool = False) -> dict[str, object]:
    """{"records", "cells", "calls", "prompt_tokens", "completion_tokens", "plan", "first_prompt", "said"}: calls if every
    first attempt were accepted, tokens at 1.4 a word. Calls no model and writes nothing."""
    bench = workbench(config, allow_synthetic=allow_synthetic)
    cells = tuple(plan(bench, config))
    chat = config.base_url is not None or default_recipe(config.model) == "grounded"
    source = Source(recipe=config.recipe, mode="chat" if chat else "completion", log_odds=bench.log_odds, view=bench.view)
    with_reasons = chat and config.recipe.reason.mode in ("contrastive", "same-label")
    words_in, words_out, calls, first = 0, 0, 0, ""
    for cell in cells:
        exemplars = bench.exemplars(cell)
        prompts = [first_prompt(source, cell, exemplars)]
        calls += 1 if chat else cell.count * sum(1 for each in steps(cell) if each.words)
        if with_reasons:
            prompts.insert(0, "\n".join(each.content for each in reasons_request(source, cell, exemplars).messages))
            calls += 1
        first = first or "\n\n".join(prompts)
        words_in += sum(len(each.split()) for each in prompts)
        words_out += planned_words(cell) * cell.count + (150 if with_reasons else 0)
    rungs = Counter(each.rung for each in cells)
    labels = Counter({"success": 0, "failure": 0})
    for each in cells:
        labels["success" if each.label else "failure"] += each.count
    result: dict[str, object] = {
        "records": sum(each.count for each in cells),
        "cells": len(cells),
        "calls": calls,
        "prompt_tokens": round(words_in * TOKENS_PER_WORD),
        "completion_tokens": round(words_out * TOKENS_PER_WORD),
    }
    rows = [f"{c.index:>5} {c.drug:<32.32} {c.label}  x{c.count} {c.rung:<9} {' '.join(c.exemplars)}" for c in cells]
    said = [
        f"{result['records']} records in {len(cells)} cells: {labels['success']} successes, {labels['failure']} failures; "
        f"exemplars down to rung {', '.join(f'{name} {n}' for name, n in rungs.most_common())}",
        f"at least {result['calls']} calls, about {result['prompt_tokens']} prompt and "
        f"{result['completion_tokens']} completion tokens",
        "\n cell drug                         label  n rung      exemplars",
        *rows,
        "\nThe first prompts:\n",
        first,
    ]
    return result | {"plan": msgspec.to_builtins(cells), "first_prompt": first, "said": "\n".join(said)}
