"""One plain paragraph a question: what was found, where, on how much, and what could not have been seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from synthetrial.study.results import Comparison, Results, Value


class Answer(NamedTuple):
    """A question, its answer in a few words, and the paragraph."""

    question: str
    short: str
    paragraph: str


def answers(results: Results) -> Iterator[Answer]:
    """The primary question first, then the exploratory ones as the study asks them."""
    return map(_answer, by_question(results))


def by_question(results: Results) -> Iterator[list[Comparison]]:
    """The comparisons that answer a question, primary and exploratory ones apart."""
    for ask in dict.fromkeys(each.ask for each in results.comparisons):
        for primary in (True, False):
            found = [each for each in results.comparisons if each.ask == ask and each.primary is primary]
            if found:
                yield found


def place(each: Comparison, own: str = "from the recipient's own trials") -> str:
    """By which classifier and beside how many real trials; `own` says that it is of the augment scenario."""
    return f"{each.classifier}, n = {each.n_real}" + (f", {own}" if each.scenario == "augment" else "")


def _answer(found: Sequence[Comparison]) -> Answer:
    first = found[0]
    better, worse = ([each for each in found if each.p_holm < 0.05 and (each.delta.value > 0) is up] for up in (True, False))
    if better and not worse:
        short = "yes" if len(better) == len(found) else f"yes, in {len(better)} of {len(found)} comparisons"
    elif worse and not better:
        short = "no: it harms" if len(worse) == len(found) else f"no: it harms in {len(worse)} of {len(found)} comparisons"
    else:
        short = "not told from nothing" if not better else "it depends on where"
    what = f"{first.one} against {first.other}"
    lines = [f"{what}: {'; '.join(_one(each) for each in found)}."]
    unseen = [each for each in found if each.p_holm >= 0.05]
    if unseen:
        least = [each.least for each in unseen]
        span = f"{min(least):.3f}" if len(unseen) == 1 else f"{min(least):.3f} to {max(least):.3f}"
        lines.append(f"Where nothing was told, a difference of less than {span} could not have been seen (80 % power).")
    lines.append(
        f"{first.records} records a set, {first.n_test} test trials, {_plural(first.seeds, 'seed')}, "
        f"{_plural(first.splits, 'split')}; p by Holm over the {'primary' if first.primary else 'exploratory'} comparisons."
    )
    if first.primary:
        lines.insert(0, "Named before it was run.")
    return Answer(first.ask, short, " ".join(lines))


def _one(each: Comparison) -> str:
    return f"{signed(each.delta)} ({place(each)}, p = {each.p_holm:.2g})"


def signed(value: Value | None, percent: bool = False) -> str:
    """A difference with its interval."""
    if value is None:
        return ""
    low, high = value.ci
    form = "+.0%" if percent else "+.3f"
    ends = "" if low is None or high is None else f" [{low:{form}}, {high:{form}}]"
    return f"{value.value:{form}}{ends}"


def plain(value: Value | None) -> str:
    """A figure with its interval."""
    if value is None:
        return ""
    low, high = value.ci
    return f"{value.value:.3f}" + ("" if low is None or high is None else f" [{low:.3f}, {high:.3f}]")


def share(value: Value) -> str:
    """A share in percent with its interval."""
    low, high = value.ci
    return f"{value.value:.0%}" + ("" if low is None or high is None else f" [{low:.0%}, {high:.0%}]")


def _plural(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
