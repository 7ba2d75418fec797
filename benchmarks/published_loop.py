"""The published method's generation loop (Xu et al. 2026), re-implemented: two calls a report, full exemplars, one at a time.

For each report: a drug with three or more trials of a label, a fair coin for the label, three of those trials at random (each
as its whole record in key/value text, cut so that the prompt stays within 100,000 tokens); call 1 asks for five reasons, call 2
for a new report from trials and reasons. Nothing is stored, retried or checked. `concurrency` runs several loops at once, which
the published code does not; it tells what concurrency alone is worth.

Used by `engine.py`; by hand: python benchmarks/published_loop.py --base-url URL [--n 8] [--concurrency 1]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from synthetrial.corpus import labels
from synthetrial.corpus.demo import demo_corpus
from synthetrial.corpus.drugs import trial_drugs
from synthetrial.corpus.readers import v2_json
from synthetrial.llm.model import Message, Request, Sampling
from synthetrial.llm.openai import OpenAIModel
from synthetrial.text import render

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("SYNTHETRIAL_DATA", ROOT.parent / "shared" / "data"))
EXEMPLARS = 3
PROMPT_WORDS = 75_000
"""About 100,000 tokens."""
REASONS = "From the trials above, give five reasons why clinical trials of {drug} {outcome}."
REPORT = (
    "Here are reasons why clinical trials of {drug} {outcome}:\n{reasons}\n\nWith these and the trials above in mind, write a "
    "new report of a clinical trial of {drug} in the same form, with a title and an id that differ from theirs, that {outcome}."
)


class Made(NamedTuple):
    """A loop's output: reports, seconds, and the tokens that the server counted."""

    reports: tuple[str, ...]
    seconds: float
    prompt_tokens: int
    completion_tokens: int


def pools() -> dict[tuple[str, int], list[str]]:
    """Whole records as text by drug and label, of drugs with three or more of them: the raw registry records beside the
    project, or the demo corpus where they are not."""
    found: dict[tuple[str, int], list[str]] = defaultdict(list)
    folder = DATA / "raw" / "v2_json"
    if folder.is_dir():
        for path in sorted(folder.glob("*.json")):
            raw = path.read_bytes()
            record = json.loads(raw)
            (trial,) = labels.label([v2_json.to_trial(v2_json.DECODER.decode(raw), path.name, Counter())], "failure")
            value = trial.label.value if trial.label else 1  # cost, not learning, is measured: open trials may stand in
            for drug in trial_drugs(trial.protocol)[:1]:
                found[drug.name, value].append("\n".join(_flat(record)))
    else:
        for trial in demo_corpus().labelled:
            for drug in trial_drugs(trial.protocol)[:1]:
                assert trial.label is not None
                found[drug.name, trial.label.value].append(render(trial.protocol))
    everything = [text for group in found.values() for text in group]
    kept = {key: group for key, group in found.items() if len(group) >= EXEMPLARS}
    return kept or {("the drug", 1): everything}


def _flat(value: Any, name: str = "") -> Iterator[str]:
    """A record as lines of nested keys and values."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _flat(each, f"{name}.{key}" if name else key)
    elif isinstance(value, list):
        for each in value:
            yield from _flat(each, name)
    else:
        yield f"{name}: {value}"


async def loop(
    base_url: str, model: str, n: int, *, concurrency: int, reasons_tokens: int, report_tokens: int, seed: int = 0
) -> Made:
    """`n` reports; the token limits bound the two answers."""
    known, dice = pools(), random.Random(seed)
    drawn = [dice.choice(sorted(known)) for _ in range(n)]
    shown = [dice.sample(known[each], EXEMPLARS) for each in drawn]
    client = OpenAIModel(model, base_url, api_key=None, parallel=concurrency, timeout=600)  # as ours
    client.throttle.level = concurrency
    used = [0, 0]

    async def ask(content: str, tokens: int, number: int) -> str:
        asked = Request(
            seed=number, max_tokens=tokens, messages=(Message("user", content),), sampling=Sampling(temperature=1.0)
        )
        answer = await client.answer(asked)
        used[0] += answer.usage.prompt_tokens
        used[1] += answer.usage.completion_tokens
        return answer.texts[0]

    async def report(number: int) -> str:
        (drug, label), texts = drawn[number], _cut(shown[number])
        outcome = "succeed" if label else "fail"
        trials = "\n\n".join(texts)
        reasons = await ask(f"{trials}\n\n{REASONS.format(drug=drug, outcome=outcome)}", reasons_tokens, number)
        told = REPORT.format(drug=drug, outcome=outcome, reasons=reasons)
        return await ask(f"{trials}\n\n{told}", report_tokens, number)

    room = asyncio.Semaphore(concurrency)

    async def one(number: int) -> str:
        async with room:
            return await report(number)

    began = time.perf_counter()
    made = await asyncio.gather(*map(one, range(n)))
    seconds = time.perf_counter() - began
    await client.aclose()
    return Made(tuple(made), seconds, *used)


def _cut(texts: Sequence[str]) -> list[str]:
    words = PROMPT_WORDS // EXEMPLARS
    return [text if len(text.split()) <= words else " ".join(text.split()[:words]) for text in texts]


def main() -> None:
    """Run the loop and print its pace."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base-url", required=True)
    parser.add_argument("--model", default="scripted")
    parser.add_argument("--n", type=int, default=8)
    parser.add_argument("--concurrency", type=int, default=1)
    given = parser.parse_args()
    made = asyncio.run(
        loop(given.base_url, given.model, given.n, concurrency=given.concurrency, reasons_tokens=160, report_tokens=400)
    )
    print(
        f"{given.n} reports in {made.seconds:.1f} s: {60 * given.n / made.seconds:.1f} a minute, "
        f"{made.prompt_tokens / given.n:.0f} prompt and {made.completion_tokens / given.n:.0f} completion tokens each"
    )


if __name__ == "__main__":
    main()
