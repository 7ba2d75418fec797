"""What an evaluation says in words: does the set look real, does it copy, does it help?

Each sentence gives the number, its 95 % interval and the reference, and claims no more than the interval does: where that
reaches the reference, nothing was found, which is not the same as nothing being there. Metrics may be missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from synthetrial.evaluate.evaluation import Evaluation
from synthetrial.evaluate.figures import interval, number
from synthetrial.evaluate.metric import MetricResult


class Verdict(NamedTuple):
    """Three answers, each a sentence or two."""

    looks: str
    copies: str
    helps: str


def verdict(evaluation: Evaluation) -> Verdict:
    """The three answers, from what was measured."""
    return Verdict(_looks(evaluation), _copies(evaluation), _helps(evaluation))


def looks_real(found: Sequence[MetricResult]) -> Literal["yes", "no", "open"]:
    """Whether the classifiers of `found` cannot tell records from real trials."""
    if any(_above(each, max(0.5, each.reference or 0.5)) for each in found):
        return "no"
    return "yes" if all(each.ci_high is not None and each.ci_high < 0.6 for each in found) else "open"


def copies_more(span: MetricResult) -> bool:
    """Whether longer runs are shared with exemplars than real trials share with one another."""
    return _above(span, span.reference or 0.0)


def gains(found: MetricResult) -> Literal["yes", "harms", "unused", "open", "no"]:
    """Whether a utility is a gain; "unused" where validation chose not to use the set."""
    headline: Any = found.details.get("headline", {})
    if _above(found, 0.0):
        return "yes"
    if found.ci_high is not None and found.ci_high < 0:
        return "harms"
    if headline.get("lambda") == 0:
        return "unused"
    return "open" if (found.ci_high or 0) > 0 else "no"


def _looks(evaluation: Evaluation) -> str:
    words, lengths = (evaluation.metrics.get(each) for each in ("detection-auc", "length-detection-auc"))
    found = [each for each in (words, lengths) if each]
    if not found:
        return _missing("Does it look real?", evaluation, "detection-auc")
    answer = {
        "no": "It does not look real yet: records can be told from real trials",
        "yes": "It looks real to these classifiers: records are hardly told from real trials",
        "open": "Whether it looks real is open: no classifier told records from real trials for certain",
    }[looks_real(found)]
    parts = []
    if words:
        parts.append(f"by their words with ROC-AUC {_number(words)}")
    if lengths:
        parts.append(f"by the lengths of their sections alone with {_number(lengths)}")
    return f"{answer}, {' and '.join(parts)}; 0.5 = not to be told apart.{_small(found)}"


def _copies(evaluation: Evaluation) -> str:
    span, told, named = (evaluation.metrics.get(each) for each in ("copy-span", "membership-inference", "identity-scan"))
    found = [each for each in (span, told, named) if each]
    if not found:
        return _missing("Does it copy?", evaluation, "copy-span")
    sentences = []
    if span:
        if copies_more(span):
            answer = "It copies somewhat: the longest distinctive run that a record shares with an exemplar has"
        else:
            answer = "It does not copy more than trials of one drug resemble one another: the longest shared run has"
        sentences.append(f"{answer} {_number(span, 'real trials of the same drug', 1)} words on average.")
    if told:
        if _above(told, max(0.5, told.reference or 0.5)):
            answer = "Its exemplars can be told from the output"
        else:
            answer = "No attack told its exemplars from other trials for certain"
        sentences.append(f"{answer} (ROC-AUC {_number(told)}).")
    if named:
        count = round(named.value)
        if count:
            says = f"{count} registry numbers, persons, contacts or sites are named in its texts: it must not be published."
        else:
            says = f"No registry number, person, contact or site was found in {named.n} records"
            says += f" (up to {named.ci_high:.1f} in another set of this size)." if named.ci_high is not None else "."
        sentences.append(says)
    return " ".join(sentences) + _small(found)


def _helps(evaluation: Evaluation) -> str:
    found = evaluation.metrics.get("utility")
    if found is None:
        return _missing("Does it help to predict outcomes?", evaluation, "utility")
    headline: Any = found.details.get("headline", {})
    size = headline.get("n_real", "the smallest number of")
    answer = {
        "yes": "It helps",
        "harms": "It harms",
        "unused": "It does not help: validation chose not to use it",
        "open": "No gain was found, and none is excluded",
        "no": "It does not help",
    }[gains(found)]
    gain = _with(found.value, found.ci_low, found.ci_high, sign=True)
    instead = "" if found.reference is None else f"; as many real trials instead: {number(found.reference, sign=True)}"
    sentences = [f"{answer}: added to {size} real trials, it changes test ROC-AUC by {gain}{instead}."]
    if control := _best_control(found):
        sentences.append(control)
    if gap := _gap(found, headline):
        sentences.append(gap)
    sentences += _without(found, headline)
    return " ".join(sentences) + _small([found])


def _best_control(found: MetricResult) -> str:
    """The headline arm against the strongest control that needs no writer."""
    against: Any = found.details.get("against_controls")
    if not isinstance(against, dict):
        return ""
    controls = {name: each for name, each in against.items() if "exemplar" in name}
    if not controls:
        return "No control from exemplars could be made."
    name, best = min(controls.items(), key=lambda each: float(each[1]["delta_roc_auc"]))
    low, high = best["ci"]
    said = name.removeprefix("hybrid/").replace("+", ", ")
    if low is None or high is None:
        return f"The best control without a writer is {said}."
    kind = "more than" if low > 0 else "less than" if high < 0 else "not measurably other than"
    return f"That is {kind} the best control without a writer ({said}: {_with(best['delta_roc_auc'], low, high, sign=True)})."


def _gap(found: MetricResult, headline: Any) -> str:
    gaps: Any = found.details.get("gap_recovered")
    if not isinstance(gaps, list):
        return ""
    mine = [each for each in gaps if (each["arm"], each["n_real"]) == (headline.get("arm"), headline.get("n_real"))]
    return f"Gap recovered: {mine[0]['says']}." if mine else ""


def _without(found: MetricResult, headline: Any) -> list[str]:
    """The headline again without the test trials that one may object to."""
    parts: Any = found.details.get("without")
    if not isinstance(parts, list):
        return []
    mine = [each for each in parts if (each["arm"], each["n_real"]) == (headline.get("arm"), headline.get("n_real"))]
    said = []
    for each in mine:
        gain = _with(each["delta_roc_auc"], *each["ci"], sign=True)
        said.append(f"Without {each['left_out']} among the test trials ({each['n']} left): {gain}.")
    return said


def _above(found: MetricResult, bound: float) -> bool:
    return found.ci_low is not None and found.ci_low > bound


def _number(found: MetricResult, reference: str = "real against real", digits: int = 3) -> str:
    compared = "no reference" if found.reference is None else f"{reference}: {number(found.reference, digits)}"
    return f"{_with(found.value, found.ci_low, found.ci_high, digits)} ({compared})"


def _with(value: float, low: float | None, high: float | None, digits: int = 3, *, sign: bool = False) -> str:
    return f"{number(value, digits, sign=sign)} {interval(low, high, digits, sign=sign)}".rstrip()


def _small(found: list[MetricResult]) -> str:
    small = [each for each in found if "small" in each.details]
    return f" (n = {min(each.n for each in small)}: an order of magnitude, not a measurement.)" if small else ""


def _missing(question: str, evaluation: Evaluation, name: str) -> str:
    return f"{question} Not measured: {evaluation.skipped.get(name, f'{name} is not there')}."
