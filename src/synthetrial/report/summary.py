"""The first screen: the verdict in figures, and what to know before reading on; and every metric in a row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from synthetrial.evaluate.computing import family
from synthetrial.evaluate.evaluation import Evaluation
from synthetrial.evaluate.figures import interval, number
from synthetrial.evaluate.metric import Metric, MetricResult, metrics
from synthetrial.evaluate.table import rows
from synthetrial.evaluate.verdict import verdict
from synthetrial.report.facts import Facts
from synthetrial.report.measured import details


class Gauge(NamedTuple):
    """Where value, interval, reference and the value of no effect lie on a metric's scale, in percent of it."""

    value: float
    low: float | None
    high: float | None
    reference: float | None


class Measure(NamedTuple):
    """A figure of the verdict in words: what it is, its value, interval, reference, and n."""

    label: str
    value: str
    interval: str
    reference: str
    n: str
    gauge: Gauge


class Answer(NamedTuple):
    """One of the three questions: the answer in a clause, the rest of what the verdict says, and the figures behind it."""

    question: str
    short: str
    rest: str
    measures: Sequence[Measure]


class Row(NamedTuple):
    """A metric in the table of all of them; `gauge` is None where it was not computed, and `meaning` then says why."""

    name: str
    value: str
    interval: str
    reference: str
    n: str
    better: str
    meaning: str
    gauge: Gauge | None


_FIGURES: Final[dict[str, dict[str, tuple[str, int]]]] = {
    "looks": {
        "detection-auc": ("told apart by words, ROC-AUC", 3),
        "length-detection-auc": ("told apart by lengths, ROC-AUC", 3),
    },
    "copies": {
        "copy-span": ("longest shared run, words", 1),
        "membership-inference": ("exemplars told, ROC-AUC", 3),
        "identity-scan": ("persons, numbers, sites named", 0),
    },
    "helps": {
        "utility": ("gain in ROC-AUC, words", 3),
        "utility-embedding": ("gain in ROC-AUC, embeddings", 3),
        "utility-encoder": ("gain in ROC-AUC, encoder", 3),
    },
}
_FAMILIES: Final = {
    "fidelity": "Like real trials", "diversity": "As varied as real trials", "privacy": "Copying and privacy",
    "utility": "Use for prediction", "leaks": "Labels given away",
}  # fmt: skip


def answers(evaluation: Evaluation) -> tuple[Answer, ...]:
    """The verdict, question by question."""
    said, known = verdict(evaluation), {each.name: each for each in metrics()}
    questions = {
        "looks": ("Is it like real trials?", said.looks),
        "copies": ("Does it copy them?", said.copies),
        "helps": ("Does it help to predict outcomes?", said.helps),
    }
    return tuple(
        Answer(
            question,
            *parted(text),
            [
                _measure(evaluation.metrics[name], label, digits, known.get(name))
                for name, (label, digits) in _FIGURES[key].items()
                if name in evaluation.metrics
            ],
        )
        for key, (question, text) in questions.items()
    )


def parted(text: str) -> tuple[str, str]:
    """The first clause of a sentence, up to its colon or its end, and what follows."""
    ends = [at for at in (text.find(": "), text.find(". "), text.find(" (")) if at > 0]
    if not ends:
        return text, ""
    at = min(ends)
    short, rest = text[:at], text[at:].removeprefix(":").removeprefix(".").strip()
    return f"{short}.", rest[:1].upper() + rest[1:]


def notices(facts: Facts, evaluation: Evaluation | None) -> Iterable[str]:
    """What to know before reading on, one sentence each."""
    if facts.accepted < facts.wanted:
        yield f"Unfinished: {facts.accepted} of {facts.wanted} wanted records are there. The same generate command goes on."
    if evaluation is None:
        return
    measured = evaluation.metrics.get("schema-validity")
    if measured and measured.n != facts.accepted:
        yield f"Measured when {measured.n} records were there, now there are {facts.accepted}: measure again."
    if evaluation.split.get("fingerprint") != facts.corpus.split:
        yield "Measured on another split than the run was made from: measure again."
    if details(evaluation, "identity-scan").get("refuse"):
        yield "Not to be published: its texts name a registry number, a person, a contact or a site."
    if fires := details(evaluation, "leak-probes").get("fires"):
        yield f"Labels can be read off something that is no part of the design: {', '.join(map(str, fires))}."


def groups(evaluation: Evaluation) -> dict[str, list[Row]]:
    """All metrics by family, those not computed last, with why."""
    known = {each.name: each for each in metrics()}
    found: dict[str, list[Row]] = {}
    for row in rows(evaluation):
        if row.metric in evaluation.metrics:
            drawn = gauge(evaluation.metrics[row.metric], known[row.metric])
            found.setdefault(_family(known[row.metric]), []).append(Row(*row, drawn))
    for name, why in evaluation.skipped.items():
        heading = _family(known[name]) if name in known else "Others"
        found.setdefault(heading, []).append(Row(name, "—", "", "", "", "", f"{why}.", None))
    return found


def gauge(found: MetricResult, known: Metric | None) -> Gauge:
    """The metric on its own scale where that has two ends, else on one from 0, or around 0, to the largest of its figures."""
    figures = [each for each in (found.value, found.ci_low, found.ci_high, found.reference) if each is not None]
    low, high = (known.low, known.high) if known else (None, None)
    if low is None or high is None or low < 0:
        high = max(abs(each) for each in figures) * 1.15 or 1.0
        low = -high if min(figures) < 0 or low in (-1, None) else 0.0
    start, width = low, high - low

    def at(value: float | None) -> float | None:
        return None if value is None else round(100 * min(1.0, max(0.0, (value - start) / width)), 1)

    return Gauge(at(found.value) or 0.0, at(found.ci_low), at(found.ci_high), at(found.reference))


def _measure(found: MetricResult, label: str, digits: int, known: Metric | None) -> Measure:
    sign = label.startswith("gain")
    compared = "as many real instead" if sign else "real trials"
    reference = "no reference" if found.reference is None else f"{compared} {number(found.reference, digits, sign=sign)}"
    ends = interval(found.ci_low, found.ci_high, digits or 1, sign=sign)
    return Measure(label, number(found.value, digits, sign=sign), ends, reference, f"n = {found.n}", gauge(found, known))


def _family(known: Metric) -> str:
    return _FAMILIES.get(family(known), family(known))
