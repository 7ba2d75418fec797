"""How it was made: what the records are, what was refused and why, and what it took in calls, tokens, money and time."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Iterable
from typing import Final

from synthetrial.check import ORDER
from synthetrial.report.charts import bars
from synthetrial.report.facts import Facts
from synthetrial.report.figure import Chart, Figure, Section, Table, figure, nothing

SHOWN: Final = 15
"""Drugs, conditions and phases that are listed."""
_LABELS: Final = {1: "success", 0: "failure"}


def making(facts: Facts) -> Section:
    """The section on how the run went."""
    lead = (
        "Records are planned, written by the model from real trials of the training side, and checked. What fails a check "
        "is refused with a code and kept, and its place is written anew."
    )
    return Section("making", "How it was made", lead, [_kinds(facts), _funnel(facts), _codes(facts), _took(facts)])


def _kinds(facts: Facts) -> Figure:
    key, title = "kinds", "What the records are about"
    if not facts.accepted:
        return nothing(key, title, "No record is accepted yet.")
    labels = Counter({_LABELS.get(label, str(label)): count for label, count in facts.labels.items()})
    listed = (
        ("label", "labels", labels), ("drug", "drugs", facts.drugs),
        ("condition", "conditions", facts.conditions), ("phase", "phases", facts.phases),
    )  # fmt: skip
    charts = [
        Chart(f"{len(counts)} {many}" + (f", the {SHOWN} most frequent" if len(counts) > SHOWN else ""),
              bars(_most(counts)))
        for _, many, counts in listed[1:]
    ]  # fmt: skip
    tables = [
        Table((one, "records"), [(name, str(count)) for name, count in _most(counts)], f"By {one}.")
        for one, _, counts in listed
    ]
    caption = (
        "The number of records by drug, condition and phase. A record may have several conditions, so these add up to more."
    )
    return figure(key, title, caption, charts, tables)


def _most(counts: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda each: (-each[1], each[0]))[:SHOWN]


def _funnel(facts: Facts) -> Figure:
    counts = facts.stats["counts"]
    rejected, surplus = (counts["states"].get(each, 0) for each in ("rejected", "surplus"))
    steps = [
        ("candidates written", counts["candidates"]),
        ("of these passed all checks", counts["candidates"] - rejected),
        ("of these accepted", counts["accepted"]),
    ]
    if not counts["candidates"]:
        return nothing("funnel", "From candidates to records", "Nothing is written yet.")
    caption = (
        f"How many candidates came through: {rejected} were refused, and {surplus} passed when their place was taken "
        f"already. {facts.accepted} of {facts.wanted} wanted records are there."
    )
    rows = [(name, str(value), f"{value / counts['candidates']:.1%}") for name, value in steps]
    table = Table(("step", "candidates", "share"), rows)
    return figure("funnel", "From candidates to records", caption, [Chart("", bars(steps))], [table])


def _codes(facts: Facts) -> Figure:
    counts = facts.stats["counts"]
    refused = counts["rejected_by"]
    if not refused:
        return nothing("codes", "Why candidates were refused", "No candidate was refused.")
    caption = (
        "Candidates by the check that they failed, the most frequent first; one that fails several is counted at each. "
        "They can be read in browse.html, in the tab of what was rejected."
    )
    rows = [(code, str(count), f"{count / counts['candidates']:.1%}", _demands(code)) for code, count in refused.items()]
    table = Table(("code", "candidates", "of all written", "what the check demands"), rows)
    chart = Chart("", bars(list(refused.items()), "var(--bad)"))
    return figure("codes", "Why candidates were refused", caption, [chart], [table])


def _demands(code: str) -> str:
    """What the check of that code asks of a record: the first line that its file says of itself."""
    check = ORDER.get(code)
    said = (inspect.getdoc(inspect.getmodule(check)) or "") if check else ""
    return said.partition("\n")[0].removeprefix(f"`{code}`: ")


def _took(facts: Facts) -> Figure:
    counts = facts.stats["counts"]
    if not counts["calls"]:
        return nothing("took", "Calls, tokens, money and time", "No call was made yet.")
    caption = (
        "Tokens, seconds and cost are those of calls that were made, not of answers from the cache. Time at work leaves "
        "out pauses between two sittings. Calls are answered side by side, so their seconds add up to more than the time "
        "at work."
    )
    tables = [
        Table(("what", "in all", "a record"), list(_totals(facts))),
        Table(
            ("stage", "calls", "median seconds", "95 % within"),
            [(stage, str(e["calls"]), f"{e['p50']:.2f}", f"{e['p95']:.2f}") for stage, e in facts.stats["calls"].items()],
            "Calls by stage.",
        ),
        Table(
            ("stage", "seconds"), [(stage, f"{each:.1f}") for stage, each in facts.stats["seconds"].items()], "Time by stage."
        ),
    ]
    return figure("took", "Calls, tokens, money and time", caption, [], [each for each in tables if each.rows])


def _totals(facts: Facts) -> Iterable[tuple[str, str, str]]:
    counts, per = facts.stats["counts"], facts.stats["per_record"]

    def share(name: str, form: str) -> str:
        value = per.get(name)
        return "" if value is None else format(value, form)

    yield "calls", f"{counts['calls'] - counts['cache_hits']:,}", share("calls", ",.1f")
    yield "answers from the cache", f"{counts['cache_hits']:,}", ""
    yield "prompt tokens", f"{counts['prompt_tokens']:,}", share("prompt_tokens", ",.0f")
    yield (
        "of these computed anew",
        f"{counts['prompt_tokens'] - counts['cached_tokens']:,}",
        share("prompt_tokens_computed", ",.0f"),
    )
    yield "completion tokens", f"{counts['completion_tokens']:,}", share("completion_tokens", ",.0f")
    cost = counts["cost"]
    yield "cost (US dollars)", "not known" if cost is None else f"{cost:,.4f}", share("cost", ",.5f")
    yield "time at work (seconds)", f"{facts.stats['working_seconds']:,.0f}", ""
    if facts.stats["tokens_per_second"] is not None:
        yield "completion tokens a second", f"{facts.stats['tokens_per_second']:,.0f}", ""
    if facts.stats["records_per_minute"] is not None:
        yield "accepted records a minute", f"{facts.stats['records_per_minute']:,.1f}", ""
