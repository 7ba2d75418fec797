r"""What is written after the header, section by section, and the grammar (GBNF) that each section is written under.

The plan's fixed parts (headers, arm types, intervention names, how many items) are literals. The words are free, and an item
may end where its phrase ends: a small model that is made to go on fills up with brackets and figures. `completing.py` sees
that a section has its length all the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from synthetrial.generate.planned import planned
from synthetrial.plan import Cell
from synthetrial.text import render, words

TOKENS_PER_WORD: Final = 2.2
"""Generous, so that no item is cut: the grammar ends it."""
SHORTEST_PROSE: Final = 7
LONGEST_PHRASE: Final = 30
"""A longer item has several sentences."""


class Item(NamedTuple):
    """A line to write: what is given at its beginning, the grammar of what is free, and the planned words of that."""

    lead: str
    body: str
    words: int


class Step(NamedTuple):
    """A section: `lead` is its header line, if it has one. Items of a `loose` section may be left out or added; those of others
    are fixed in number. A `prose` section has one item, which may be written in several goes."""

    name: str
    lead: str
    items: tuple[Item, ...]
    loose: bool = False
    prose: bool = False

    @property
    def words(self) -> int:
        """Planned words of all items."""
        return sum(each.words for each in self.items)


def header(cell: Cell) -> str:
    """The canonical text of what the plan gives, up to the first intervention's name."""
    kept = render(planned(cell)).split("\nTitle:", 1)[0].split("\n")
    return "\n".join(kept[: kept.index("Interventions:") + 2])


def steps(cell: Cell) -> Iterator[Step]:
    """The sections to write, in the order of the rendering."""
    d, s = cell.design, cell.shape
    leads = ["", *(f"\n- {_typed(kind)}: {_escaped(name)}" for kind, name in d.interventions[1:])]
    described = (Item(lead, _described(count), count) for lead, count in zip(leads, s.interventions, strict=True))
    yield Step("Interventions", "", tuple(described))
    drug = "" if any(_tells(kind) for kind in d.arms) else d.interventions[0][1]
    yield Step("Title", "", (Item("\nTitle: ", _title(d.conditions, drug, s.title), s.title),))
    if s.official_title:
        yield Step("Official title", "", (Item("\nOfficial title: ", phrase(s.official_title), s.official_title),))
    if s.keywords:
        listed = ' "; " '.join(_keyword(each) for each in s.keywords)
        yield Step("Keywords", "", (Item("\nKeywords: ", listed, sum(s.keywords)),))
    if s.summary:
        yield Step("Summary", "\nSummary:", (_prose(s.summary),), prose=True)
    if d.arms:
        yield Step("Arms", "\nArms:", tuple(_arms(cell)))
    for name, measures in (("Primary outcomes", s.primary_outcomes), ("Secondary outcomes", s.secondary_outcomes)):
        if measures:
            yield Step(name, f"\n{name}:", tuple(_measure(*each) for each in measures), loose=True)
    lead = "\nEligibility:"
    if s.criteria_other:
        yield Step("Eligibility", lead, (_prose(s.criteria_other),), prose=True)
        lead = ""
    for heading, items in (("Inclusion", s.inclusion), ("Exclusion", s.exclusion)):
        if items:
            yield Step(heading, f"{lead}\n{heading} Criteria:", tuple(criterion(each) for each in items), loose=True)
            lead = ""
    if s.description:
        yield Step("Description", "\nDescription:", (_prose(s.description),), prose=True)


def grammar(lead: str, items: Sequence[Item]) -> str:
    """GBNF for `lead` and `items`, ending in a line break."""
    return _rules(_parts(lead, items))


def draft_grammar(planned: Sequence[Step]) -> str:
    """GBNF for all sections on end, ending in a line break."""
    return _rules([part for each in planned for part in _parts(each.lead, each.items)])


def drafted(text: str, planned: Sequence[Step]) -> list[list[str]]:
    """A draft's lines by section, each with its line break before it, the headers left out; unfinished ones are not there."""
    first, *rest = text.split("\n")
    lines = [first, *(f"\n{each}" for each in rest)]
    found = []
    for step in planned:
        begin = step.lead.count("\n")
        own = lines[begin : begin + len(step.items)]
        # the first intervention's line is the header's last one, and goes on there
        found.append([each for each, item in zip(own, step.items, strict=False) if each.startswith(item.lead)])
        lines = lines[begin + len(step.items) :]
    return found


def max_tokens(items: Sequence[Item]) -> int:
    """Room for the longest text that the grammar of `items` allows, names and marks included."""
    return 60 + round(sum(bounds(each.words)[1] for each in items) * TOKENS_PER_WORD) + 30 * len(items)


def bounds(count: int) -> tuple[int, int]:
    """Fewest and most words of an item planned at `count`."""
    return max(1, count // 2), round(count * 1.15) + 2


def phrase(count: int) -> str:
    """About `count` words; a figure may stand at their end."""
    low, high = bounds(count)
    more = "w" if count <= LONGEST_PHRASE else "p"
    return f'w (" " {more}){{{low - 1},{high - 1}}} (" " q)?'


def prose(count: int) -> str:
    """Whole sentences of about `count` words: the last word ends in a full stop."""
    low, high = bounds(count)
    return f'w (" " p){{{max(low - 2, 0)},{high}}} " " e'


def _prose(count: int) -> Item:
    """A section of prose: a sentence needs some words, however few are planned."""
    words = max(count, SHORTEST_PROSE)
    return Item("\n", prose(words), words)


def criterion(count: int) -> Item:
    """An item of a list of single phrases."""
    return Item("\n- ", phrase(count), count)


def _parts(lead: str, items: Sequence[Item]) -> list[str]:
    texts = [literal(lead), *(part for each in items for part in (literal(each.lead), each.body))]
    return [each for each in texts if each not in ("", '""')]


def _rules(parts: Sequence[str]) -> str:
    return f'root ::= {" ".join(parts)} "\\n"\n{_WORDS}'


def literal(text: str) -> str:
    """`text` as a GBNF literal."""
    quoted = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{quoted}"'


def _arms(cell: Cell) -> Iterator[Item]:
    """Arms by type; the first that tests something is called after the drug."""
    told = False
    for kind, (label, count) in zip(cell.design.arms, cell.shape.arms, strict=True):
        tells = not told and _tells(kind)
        told = told or tells
        body = _naming(cell.design.interventions[0][1], *bounds(label)) if tells else phrase(label)
        yield Item(f"\n- {words(kind) if kind else 'Arm'}: ", f"{body} {_described(count)}", label + count)


def _tells(kind: str | None) -> bool:
    """Whether an arm of this type tests something."""
    return kind not in ("PLACEBO_COMPARATOR", "SHAM_COMPARATOR", "NO_INTERVENTION")


def _measure(measure: int, frame: int, described: int) -> Item:
    gap = '" | "' if described and not frame else ""  # an absent time frame before a description
    fewest = max(0, frame // 2 - 2)  # `t` alone has one to six
    when = f'" | " t (" " w){{{fewest},{max(0, frame - 2)}}}' if frame else gap
    return Item("\n- ", f"{phrase(measure)} {when} {_described(described)}", measure + frame + described)


_WORDS: Final = r"""t ::= b | b? l? n | b? d
b ::= "Baseline" (" and " | " to " | ", " | "")
l ::= "Up to " | "At " | "Through " | "From baseline to " | "Within " | "During " | "Over " | "Every "
n ::= [0-9]{1,2} ("-" [0-9]{1,2})? " " ("minute" | "hour" | "day" | "week" | "month" | "year") "s"?
d ::= ("Day" | "Week" | "Month" | "Year" | "Hour") "s"? " " [0-9]{1,2} (", " [0-9]{1,2}){0,4} (","? " and " [0-9]{1,2})?
a ::= [A-Za-z\u00c0-\u00ff\u0391-\u03c9]
x ::= a (a | [0-9]){0,17} "+"? ([-/] ([0-9]{1,2} | (a | [0-9]){2,14}) "+"?){0,2} ("'" "s"?)?
m ::= [0-9]{1,3} ([.] [0-9]{1,2})? | [1-9] ","? [0-9] "00"
q ::= [<>\u2264\u2265]? " "? m (("-" | "/" | " to ") m)? u?
u ::= "%" | "-" a{2,12} | a{1,3} ("/" a{1,3} "2"?)?
k ::= q | "("? x ")"?
w ::= (q " ")? "("? x ")"? [,;]?
e ::= (q " ")? "("? x ")"? "."
p ::= (q " ")? "("? x ")"? [,;:.]?
"""
"""Words, so that a loop cannot turn into figures and signs: `x` is a word ("IL-6", "and/or"), `m` a figure that is no year,
`q` one with its unit, `w` a word with one figure before it at most, `p` and `e` the same in prose and at its end, `t` the
beginning of a time frame."""


def _keyword(count: int) -> str:
    """A keyword of `count` words: it ends at the next mark, so that one does not become a list of many."""
    return f'k (" " k){{{count - 1}}}'


def _naming(name: str, low: int, high: int) -> str:
    """`low` to `high` words with `name` among them, at most three before it."""
    own = len(name.split())
    most = max(0, high - own)
    ways = []
    for lead in range(min(most, 3) + 1):
        fewest, left = max(0, low - own - lead), most - lead
        ways.append('w " " ' * lead + literal(_escaped(name)) + (f' (" " w){{{fewest},{left}}}' if left else ""))
    return f"({' | '.join(ways)})"


def _title(conditions: Sequence[str], drug: str, count: int) -> str:
    """A title of about `count` words that names `drug`, if one is given (no arm is called after it), and ends in the shortest
    planned condition: what follows keeps to both."""
    condition = min(conditions, key=lambda each: len(each.split()), default="")
    if not condition and not drug:
        return phrase(count)
    free = max(2, count - len(condition.split()) - 1) if condition else count
    fewest = max(1, round(free * 0.8))
    about = _naming(drug, fewest, free) if drug else f'w (" " w){{{max(0, fewest - 1)},{free - 1}}}'
    return f'{about} " " ("in" | "for" | "of") " " {literal(_escaped(condition))}' if condition else about


def _described(count: int) -> str:
    return f'" | " {phrase(count)}' if count else ""


def _typed(kind: str | None) -> str:
    return words(kind) if kind else "Intervention"


def _escaped(name: str) -> str:
    return re.sub(r"[\\|]", lambda found: "\\" + found[0], name)
