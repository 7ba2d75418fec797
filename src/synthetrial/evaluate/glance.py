"""The verdict in a few words, for a list of runs: the same three answers as `verdict`, each with its number."""

from __future__ import annotations

import msgspec

from synthetrial.evaluate.evaluation import Evaluation
from synthetrial.evaluate.figures import number
from synthetrial.evaluate.verdict import copies_more, gains, looks_real


class Glance(msgspec.Struct, frozen=True, kw_only=True):
    """Does the set look real, copy, help? Each answer begins with "yes", "no", "open" or "harms"; "" if it was not measured."""

    looks: str
    copies: str
    helps: str


def glance(evaluation: Evaluation) -> Glance:
    """The three answers, from what was measured."""
    return Glance(looks=_looks(evaluation), copies=_copies(evaluation), helps=_helps(evaluation))


def _looks(evaluation: Evaluation) -> str:
    names = ("detection-auc", "length-detection-auc")
    found = [evaluation.metrics[each] for each in names if each in evaluation.metrics]
    if not found:
        return ""
    return f"{looks_real(found)}, told apart at {number(max(each.value for each in found), 2)}"


def _copies(evaluation: Evaluation) -> str:
    span, named = evaluation.metrics.get("copy-span"), evaluation.metrics.get("identity-scan")
    said = []
    if span is not None:
        real = "" if span.reference is None else f" (real {number(span.reference, 1)})"
        said.append(f"{'yes' if copies_more(span) else 'no'}, {number(span.value, 1)} words{real}")
    if named is not None and round(named.value):
        said.append(f"{round(named.value)} named: not to be published")
    return "; ".join(said)


def _helps(evaluation: Evaluation) -> str:
    found = evaluation.metrics.get("utility")
    if found is None:
        return ""
    gained = gains(found)
    return f"{'no' if gained == 'unused' else gained}, {number(found.value, sign=True)} ROC-AUC"
