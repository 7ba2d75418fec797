"""How soon browse.html shows its list, and how soon a search or filter is answered, in Chromium.

    python benchmarks/browse.py [--json] [--quick]

A run of 3,358 records (those of a small scripted run on the demo corpus, again and again under other ids, with one rejected
candidate to three records) is written as browse.html and opened from its file. Opening: from the start of the navigation until
the first lines of the list are painted. Filtering: from a key in the search box or a choice of a facet until the browser has
painted what is left. Medians of `OPENINGS` openings and of all changes; beside them a plain page of the same texts, with
everything in one table, as reference. Chromium is `chromium` or the one that SYNTHETRIAL_CHROMIUM names.
"""

from __future__ import annotations

import argparse
import html
import itertools
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from synthetrial.config import run_config
from synthetrial.generate.run import generate
from synthetrial.llm.scripted import ScriptedModel
from synthetrial.report.browse import write_browse
from synthetrial.run.records import CandidateKey, StoredCandidate
from synthetrial.run.store import RunStore
from synthetrial.text import render
from synthetrial.trial import SyntheticTrial

RECORDS, QUICK_RECORDS = 3358, 600
SEEDS = 200
OPENINGS, QUICK_OPENINGS = 7, 3
TYPED = ("met", "placebo", "randomized", '"primary outcome"', "drug:cis", "phase:2", "label:failure", "zzzz", "the trial of")

PAINTED = """
window.painted = new Promise((done) => {
  new MutationObserver((_, observer) => {
    if (!document.querySelector("[role=option], table tr:nth-child(20)")) return;
    observer.disconnect();
    requestAnimationFrame(() => setTimeout(() => done(performance.now())));
  }).observe(document, {childList: true, subtree: true});
});
"""
FIRST_SEARCH = """
(text) => new Promise((done) => {
  const [search, status] = ["search", "status"].map((id) => document.getElementById(id));
  const began = performance.now();
  new MutationObserver(() => {
    if (!status.textContent.includes("reading")) done(performance.now() - began);
  }).observe(status, {childList: true});
  search.value = text;
  search.dispatchEvent(new Event("input"));
})
"""
CHANGE = """
([selector, value]) => new Promise((done) => {
  const control = document.querySelector(selector);
  const began = performance.now();
  control.value = value;
  control.dispatchEvent(new Event(control.matches("select") ? "change" : "input", {bubbles: true}));
  const handled = performance.now() - began;
  requestAnimationFrame(() => setTimeout(() => done([handled, performance.now() - began])));
})
"""


def filled(folder: Path, count: int) -> Iterator[SyntheticTrial]:
    """Makes a run of `count` records in `folder`; gives them."""
    asked = {"n": SEEDS, "model": "scripted", "recipe": "grounded", "cache": False}
    generate(run_config(asked, "benchmark"), folder, lambda config: ScriptedModel(parallel=config.concurrency))
    with RunStore.open(folder) as store:
        seeds = tuple(store.trials())
        yield from seeds
        for number, seed in zip(range(len(seeds), count), itertools.cycle(seeds), strict=False):
            trial = msgspec.structs.replace(seed, id=f"SYN-{number:010d}")
            text = render(trial.protocol)
            passed = StoredCandidate(
                key=CandidateKey(trial.provenance.cell, 0, 1000, number), text=text, protocol=trial.protocol, state="passed"
            )
            store.save_candidate(passed)
            store.accept(trial, number, passed.key)
            if number % 3 == 0:
                key = passed.key._replace(attempt=1001)
                codes, details = ("copy",), ("a run of 12 words",)
                store.save_candidate(msgspec.structs.replace(passed, key=key, state="rejected", codes=codes, details=details))
            yield trial


def plain(path: Path, trials: list[SyntheticTrial]) -> None:
    """A page of the same texts that does nothing clever."""
    rows = "".join(f"<tr><td>{each.id}<td><pre>{html.escape(render(each.protocol))}</pre>" for each in trials)
    path.write_text(f"<!doctype html><meta charset=utf-8><table>{rows}</table>", "utf-8")


def opening(browser: Any, path: Path) -> tuple[Any, float]:
    """A page in a fresh context, and the milliseconds until its list was painted."""
    page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.add_init_script(PAINTED)
    page.goto(path.as_uri())
    return page, page.evaluate("window.painted")


def main() -> None:
    """Print the table, or one JSON object."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_RECORDS} records, {QUICK_OPENINGS} openings")
    options = parser.parse_args()
    chromium = os.environ.get("SYNTHETRIAL_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("no Chromium found: `apt-get install chromium`, or set SYNTHETRIAL_CHROMIUM to its path")
    count, openings = (QUICK_RECORDS, QUICK_OPENINGS) if options.quick else (RECORDS, OPENINGS)
    figures: dict[str, float] = {"browse_records": count}
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        trials = list(filled(run, count))
        began = time.perf_counter()
        page_file = write_browse(run)
        figures["browse_write_seconds"] = time.perf_counter() - began
        figures["browse_file_mb"] = page_file.stat().st_size / 1e6
        plain(run / "plain.html", trials)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
            times: dict[str, list[float]] = {"browse": [], "plain": []}
            for _, name in itertools.product(range(openings), times):
                page, took = opening(browser, run / f"{name}.html")
                times[name].append(took)
                page.context.close()
            figures |= {f"{name}_open_ms": statistics.median(took) for name, took in times.items()}
            page, _ = opening(browser, page_file)
            figures["browse_first_search_ms"] = page.evaluate(FIRST_SEARCH, "placebo")
            changes = [("#search", text[:length]) for text in TYPED for length in range(1, len(text) + 1)] + [("#search", "")]
            for facet in ("drug", "condition", "label"):
                select = f"[data-facet={facet}]"
                values = page.eval_on_selector_all(f"{select} option", "each => each.slice(0, 12).map(one => one.value)")
                changes += [(select, value) for value in (*values, "")]
            answered = [page.evaluate(CHANGE, list(change)) for change in changes]
            figures["browse_filter_ms"] = statistics.median(painted for _, painted in answered)
            figures["browse_filter_worst_ms"] = max(painted for _, painted in answered)
            figures["browse_filter_work_ms"] = statistics.median(handled for handled, _ in answered)
            browser.close()
    figures = {name: round(value, 1) for name, value in figures.items()}
    if options.json:
        print(json.dumps(figures))
        return
    print(f"{count:,} records, browse.html of {figures['browse_file_mb']} MB, written in {figures['browse_write_seconds']} s")
    print(f"{'':<42} {'ms':>8}")
    for name, said in (
        ("browse_open_ms", "open, until the list is painted"),
        ("plain_open_ms", "open, a plain page of the same texts"),
        ("browse_first_search_ms", "first search, reading all texts"),
        ("browse_filter_ms", "a key or a facet, until painted (median)"),
        ("browse_filter_worst_ms", "a key or a facet, until painted (worst)"),
        ("browse_filter_work_ms", "  of that, work of the page (median)"),
    ):
        print(f"{said:<42} {figures[name]:>8}")


if __name__ == "__main__":
    main()
