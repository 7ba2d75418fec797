"""The embedded engine beside the published loop's order of calls, and what prefix caching and grammar cost or save.

    python benchmarks/engine.py --only embedded [--quick]

Ours makes records with the default recipe on the demo corpus, with an engine per core. The loop has the same model on all cores
and the exemplars of the same cells: whole, two calls after one another (160 tokens of reasons, then a report as free text at
temperature 1, as many tokens as ours took a record). What it writes is read and judged by our checks, but for those that
compare with a plan, which it has none of. Where none of its reports passes, it is counted as if one had: the ratio is then a
lower bound, and said to be one.

Decoding is told from reading by the engine's own timings. Its share is our tokens a decoding second over what the same engines
give to one fixed prompt, with no grammar and no checks, both at work at once; `embedded_wall_share` is the same of the clock's
seconds, reading and checks included. Prompt tokens without prefix caching are what all calls of a record hold together.
"""

from __future__ import annotations

import asyncio
import os
import time
from itertools import islice
from pathlib import Path
from typing import Any

from synthetrial import canonical
from synthetrial.check import judge
from synthetrial.check.candidate import Candidate
from synthetrial.config import RunConfig, run_config
from synthetrial.errors import ParseError
from synthetrial.generate.run import generate, plan, workbench
from synthetrial.generate.tidy import tidy
from synthetrial.llm.embedded import EmbeddedModel
from synthetrial.llm.model import Answer, Request, Sampling
from synthetrial.recipe import load_recipe
from synthetrial.run.stats import stats
from synthetrial.run.store import RunStore
from synthetrial.text import parse, render

Figures = dict[str, float]
PLANLESS = ("complete", "design", "coherence")
"""Checks that compare with the plan."""
REASONS_TOKENS = 160


class Timed(EmbeddedModel):
    """The embedded model, adding up what it wrote and the seconds of that, as the engine says."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.written_tokens = self.writing = 0.0

    def _read(self, raw: Any, seconds: float) -> Answer:
        for each in raw if isinstance(raw, list) else [raw]:
            timings = each.get("timings", {})
            self.written_tokens += timings.get("predicted_n", 0)
            self.writing += timings.get("predicted_ms", 0) / 1000
        return super()._read(raw, seconds)


def embedded(folder: Path, quick: bool) -> Figures:
    """Accepted records a minute over the loop's, decoding share, prompt tokens a record."""
    cores = os.cpu_count() or 1
    asked = run_config(
        {"n": 4 if quick else 24, "model": "embedded", "recipe": load_recipe("grounded-embedded").model_dump(), "cache": False,
         "concurrency": 2 * cores, "seed": 5}, "benchmark",
    )  # fmt: skip
    ours = Timed(engines=cores)
    counts = generate(asked, folder / "embedded", lambda _: ours)
    with RunStore.read(folder / "embedded") as store:
        seconds = stats(store)["working_seconds"]
    accepted, tokens = counts["accepted"], counts["completion_tokens"]
    plain = asyncio.run(plainly(cores, 20 if quick else 60))
    written, passed, took = asyncio.run(loop(asked, 4 if quick else 12, round(tokens / accepted)))
    mine, theirs = 60 * accepted / seconds, 60 * max(passed, 1) / took
    return {
        "embedded_records_per_minute": mine,
        "embedded_loop_reports_per_minute": 60 * written / took,
        "embedded_loop_accepted": passed,
        "embedded_speedup_is_a_lower_bound": float(passed == 0),
        "embedded_speedup": mine / theirs,
        "embedded_prompt_tokens_without_prefix_cache": counts["prompt_tokens"] / accepted,
        "embedded_prompt_tokens_computed": (counts["prompt_tokens"] - counts["cached_tokens"]) / accepted,
        "embedded_decode_tokens_per_s": cores * ours.written_tokens / ours.writing,
        "embedded_plain_tokens_per_s": plain["decode"],
        "embedded_decode_share": cores * ours.written_tokens / ours.writing / plain["decode"],
        "embedded_wall_share": tokens / seconds / plain["wall"],
    }


async def plainly(engines: int, seconds: float) -> Figures:
    """Tokens a second of all engines, each writing on from one fixed prompt until `seconds` are over."""
    model, prompt = Timed(engines=engines), "The study of the drug in patients with the disease will "
    began = time.perf_counter()

    async def one(number: int) -> None:
        turn = 0
        while time.perf_counter() - began < seconds:
            turn += 1
            request = Request(seed=turn, max_tokens=120, prompt=f"{prompt * 60}{number}", sampling=Sampling(temperature=0.7))
            await model.answer(request)

    await asyncio.gather(*map(one, range(engines)))
    took = time.perf_counter() - began
    await model.aclose()
    return {"decode": engines * model.written_tokens / model.writing, "wall": model.written_tokens / took}


async def loop(config: RunConfig, n: int, tokens: int) -> tuple[int, int, float]:
    """(reports, how many of them pass, seconds) of the published order of calls, one report at a time."""
    bench = workbench(config)
    model = EmbeddedModel(engines=1)
    passed, began = 0, time.perf_counter()
    for number, cell in enumerate(islice(plan(bench, config), n)):
        exemplars = bench.exemplars(cell)[: len(cell.exemplars)]
        shown = "\n\n".join(render(each.protocol) for each in exemplars)
        outcome = "succeed" if cell.label else "fail"
        lead = f"{shown}\n\nReasons why clinical trials of {cell.drug} {outcome}:\n"
        reasons = await _told(model, lead, REASONS_TOKENS, number)
        report = await _told(model, f"{lead}{reasons}\n\nA new clinical trial of {cell.drug}:\n", tokens, number, ("\n\n",))
        try:
            protocol, error = canonical.protocol(tidy(parse(report.strip()))), None
        except ParseError as complaint:
            protocol, error = None, str(complaint)
        candidate = Candidate(cell=cell, exemplars=exemplars, text=report, protocol=protocol, error=error)
        passed += judge(candidate, bench.view, PLANLESS).accepted
    seconds = time.perf_counter() - began
    await model.aclose()
    return n, passed, seconds


async def _told(model: EmbeddedModel, prompt: str, tokens: int, seed: int, stop: tuple[str, ...] = ()) -> str:
    answer = await model.answer(Request(seed=seed, max_tokens=tokens, prompt=prompt, sampling=Sampling(), stop=stop))
    return answer.texts[0]
