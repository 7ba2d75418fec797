"""Writing with a base model: real records as blocks, the header of a new record, and a grammar for what may follow.

The grammar holds everything the plan fixes (section headers, arm types, intervention names, how many items) as literals and
leaves the words free within the planned lengths. What comes back is canonical text, read by `text.parse`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from synthetrial import canonical
from synthetrial.errors import ParseError
from synthetrial.generate.exemplar import shown
from synthetrial.generate.template import fill
from synthetrial.generate.tidy import tidy
from synthetrial.plan import Cell
from synthetrial.text import SECTIONS, parse, render, words
from synthetrial.trial import Eligibility, Intervention, Protocol, Reason

VERSION: Final = "completion.v1"
_FEWEST_BEFORE: Final = 3
"""Words that a title has before its condition."""
TOKENS_PER_WORD: Final = 2.2
"""Generous, so that no record is cut: the grammar ends it."""


def prompt(cell: Cell, exemplars: Sequence[Protocol], reasons: Sequence[Reason], exemplar_words: int) -> str:
    """Exemplars, reasons and header; what does not vary between attempts of a cell comes first (the engine caches it)."""
    return fill(
        VERSION,
        exemplars=[shown(each, exemplar_words) for each in reversed(exemplars)],
        reasons=[each for each in reasons if each.evidence],
        header=header(cell),
    )


def header(cell: Cell) -> str:
    """The canonical text of what the plan gives, up to the first intervention's name."""
    text = render(_planned(cell)).split("\nTitle:", 1)[0]
    kept = text.split("\n")
    start = kept.index("Interventions:")
    return "\n".join(kept[: start + 2])


def grammar(cell: Cell) -> str:
    """GBNF for the rest of the record behind `header`, ending in a blank line."""
    d, s = cell.design, cell.shape
    rules = [_described(s.interventions[0])]
    for (kind, name), described in list(zip(d.interventions, s.interventions, strict=True))[1:]:
        rules.append(f"{_literal(f'{chr(10)}- {_typed(kind)}: {_escaped(name)}')} {_described(described)}")
    rules.append(f'"\\nTitle: " {_title(d.conditions, s.title)}')
    if s.official_title:
        rules.append(f'"\\nOfficial title: " {_words(s.official_title)}')
    if s.keywords:
        rules.append('"\\nKeywords: " ' + ' "; " '.join(_keyword(each) for each in s.keywords))
    if s.summary:
        rules.append(f'"\\nSummary:\\n" {_prose(s.summary)}')
    if d.arms:
        rules.append('"\\nArms:"')
        told = False
        for kind, (label, described) in zip(d.arms, s.arms, strict=True):
            lead = words(kind) if kind else "Arm"
            tells = not told and kind not in ("PLACEBO_COMPARATOR", "SHAM_COMPARATOR", "NO_INTERVENTION")
            told = told or tells
            body = _naming(d.interventions[0][1], label) if tells else _words(label)
            rules.append(f"{_literal(f'{chr(10)}- {lead}: ')} {body} {_described(described)}")
    for name, measures in (("Primary", s.primary_outcomes), ("Secondary", s.secondary_outcomes)):
        if measures:
            rules.append(f'"\\n{name} outcomes:"')
        for measure, frame, described in measures:
            gap = '" | "' if described and not frame else ""  # an absent time frame before a description
            fewest = max(0, round(frame * 0.7) - 2)  # `t` alone has one to six
            when = f'" | " t (" " w){{{fewest},{max(2, frame - 1)}}}' if frame else gap
            rules.append(f'"\\n- " {_words(measure)} {when} {_described(described)}')
    if s.inclusion or s.exclusion or s.criteria_other:
        rules.append('"\\nEligibility:"')
        if s.criteria_other:
            rules.append(f'"\\n" {_prose(s.criteria_other)}')
        for heading, items in (("Inclusion", s.inclusion), ("Exclusion", s.exclusion)):
            if items:
                rules.append(f'"\\n{heading} Criteria:"')
                rules += [f'"\\n- " {_words(each)}' for each in items]
    if s.description:
        rules.append(f'"\\nDescription:\\n" {_prose(s.description)}')
    return f'root ::= {" ".join(rules)} "\\n\\n"\n{_WORD}'


def avoided(cell: Cell, exemplars: Sequence[Protocol]) -> tuple[str, ...]:
    """Words that would contradict the plan: of another design, of another exemplar's condition, of a site."""
    d = cell.design
    words: list[str] = ["university", "USA", "hospital"]
    own = " ".join([*d.conditions, *(render(each) for each in exemplars[:1])]).casefold()
    named = {word for each in exemplars[1:] for name in each.conditions for word in re.findall(r"[a-z]{5,}", name.casefold())}
    words += sorted(word for word in named if word not in own)
    if d.allocation != "RANDOMIZED":
        words += ["randomized", "randomised", "randomly", "randomization", "randomize"]
    if d.masking in (None, "NONE"):
        words += ["blind", "blinded", "blinding", "masked", "double"]
    elif d.masking:
        words += ["unblinded", "open"]
    if len(d.arms) > 1:
        words += ["single"]
    if not any("placebo" in name.casefold() for _, name in d.interventions):
        words += ["placebo", "placebos", "sham"]
    return tuple(words)


def planned_words(cell: Cell) -> int:
    """Words of the planned shape, over all slots."""
    return sum(_slots(cell))


def max_tokens(cell: Cell) -> int:
    """Room for the longest record the grammar allows."""
    slots = _slots(cell)
    return 120 + round(sum(_bounds(each)[1] for each in slots) * TOKENS_PER_WORD) + 8 * len(slots)


def _slots(cell: Cell) -> list[int]:
    s = cell.shape
    flat = [s.title, s.official_title, s.summary, s.criteria_other, s.description, *s.keywords, *s.interventions]
    flat += [each for group in (s.arms, s.primary_outcomes, s.secondary_outcomes) for item in group for each in item]
    return [*flat, *s.inclusion, *s.exclusion]


def read(cell: Cell, text: str) -> Protocol:
    """The protocol in header + `text`, unfinished sentences trimmed. Raises `ParseError`."""
    whole = header(cell) + text.rstrip()
    if not re.search(r"^Title: \S", whole, re.MULTILINE):
        raise ParseError("the answer ends before a title")
    found = parse(whole)
    return canonical.protocol(tidy(found, cell.shape))


def _planned(cell: Cell) -> Protocol:
    d = cell.design
    return Protocol(
        brief_title="-",
        conditions=d.conditions,
        study_type=d.study_type,
        phases=d.phases,
        allocation=d.allocation,
        intervention_model=d.intervention_model,
        primary_purpose=d.primary_purpose,
        masking=d.masking,
        lead_sponsor_class=d.lead_sponsor_class,
        interventions=tuple(Intervention(name=name, type=kind) for kind, name in d.interventions),
        eligibility=Eligibility(
            sex=d.sex, minimum_age=d.minimum_age, maximum_age=d.maximum_age, healthy_volunteers=d.healthy_volunteers
        ),
    )


_WORD: Final = r"""t ::= b | b? l? n | b? d
b ::= "Baseline" (" and " | " to " | ", " | "")
l ::= "Up to " | "At " | "Through " | "From baseline to " | "Within " | "During " | "Over " | "Every "
n ::= [0-9]{1,2} ("-" [0-9]{1,2})? " " ("minute" | "hour" | "day" | "week" | "month" | "year") "s"?
d ::= ("Day" | "Week" | "Month" | "Year" | "Hour") "s"? " " [0-9]{1,2} (", " [0-9]{1,2}){0,4} (","? " and " [0-9]{1,2})?
k ::= [^ \n|,;\\] [^ \n|,;\\]{0,23}
w ::= [^ \n|,;\\] [^ \n|,;\\]{0,27} [,;]?
e ::= [^ \n|,;\\] [^ \n|,;\\.]{0,27} [.]
"""


def _bounds(count: int) -> tuple[int, int]:
    """Fewest and most words of a slot planned at `count`. The most leaves room to finish a phrase: `tidy` cuts to the plan."""
    return (count if count <= 2 else count - 1 if count <= 6 else round(count * 0.85)), round(count * 1.5) + 4


def _words(count: int) -> str:
    low, high = _bounds(count)
    return f'w (" " w){{{low - 1},{high - 1}}}'


def _keyword(count: int) -> str:
    """A keyword of `count` words or one more: it ends at the next mark, so that one does not become a list of many."""
    return f'k (" " k){{{count - 1},{count}}}'


def _naming(name: str, count: int) -> str:
    """A label of about `count` words with `name` in it: the first arm says what is tested."""
    rest = max(0, count - len(name.split()))
    return f'(w " "){{0,{min(rest, 3)}}} {_literal(_escaped(name))} (" " w){{0,{round(rest * 1.3) + 1}}}'


def _title(conditions: Sequence[str], count: int) -> str:
    """A title of about `count` words that ends in the shortest planned condition, where there is room: the rest keeps to it."""
    condition = min(conditions, key=lambda each: len(each.split()), default="")
    low, high = (each - len(condition.split()) - 1 for each in _bounds(count))
    if not condition or low < _FEWEST_BEFORE:
        return _words(count)
    return f'w (" " w){{{low - 1},{max(low, high - 4)}}} " " ("in" | "for" | "of" | "with") " " {_literal(_escaped(condition))}'


def _prose(count: int) -> str:
    """Whole sentences: the last word ends in a full stop."""
    low, high = _bounds(count)
    return f'w (" " w){{{max(low - 2, 0)},{high}}} " " e'


def _described(count: int) -> str:
    return f'" | " {_words(count)}' if count else ""


def _typed(kind: str | None) -> str:
    return words(kind) if kind else "Intervention"


def _escaped(name: str) -> str:
    return re.sub(r"[\\|]", lambda found: "\\" + found[0], name)


def _literal(text: str) -> str:
    quoted = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{quoted}"'


assert SECTIONS.index("Interventions") < SECTIONS.index("Title")  # a header ends in the interventions
