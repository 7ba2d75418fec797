"""Records and reasons as the scripted engine writes them: content words in random order with small words between.

Nothing longer than a few words can be shared with an exemplar, because the order is drawn; words that tell a result, a
design, a sex or a person are left out, because a check reads them.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from typing import Final, TypeVar

import msgspec

from synthetrial.plan import Design, Shape
from synthetrial.trial import FACTORS

Item = TypeVar("Item")

SMALL: Final = ("of", "with", "for", "in", "on", "by", "from", "to", "during", "between", "before", "within", "per", "and")
FALLBACK: Final = tuple(
    """absorption activity amount analysis assay balance baseline body burden capacity change clearance comfort concentration
    consumption count course curve daily degree distance domain duration effect energy episode estimate evening exercise
    exposure fatigue feature figure fluid frequency function goal grade habit height index intake intensity interval item
    joint laboratory level load marker mean measure meal mobility morning movement muscle need night number nutrition onset
    option oral pattern peak percentage period plasma point portion posture pressure profile proportion pulse quality quantity
    questionnaire range ratio reading record reduction relief sample scale schedule score serum session severity sleep speed
    stability strength sum support symptom target temperature tolerance trend uptake urine value variation visit volume walk
    weight""".split()  # noqa: SIM905 (a list of one word a line would be a hundred lines)
)
"""Words for prompts with few of their own."""

_LEAST_WORDS: Final = 120
_WORD: Final = re.compile(r"(?<![\w.@/'’-])[a-z]{4,16}(?![\w@/'’-])")
_BARRED: Final = re.compile(  # stems that a check, a heading or a name pattern could read; "x$" bars the whole word only
    "|".join(
        """terminat complet withdr stop fail succe halt suspend clos discontinu abandon cancel enrol recruit accru
        result finding show demonstrat reveal confirm conclu prove signific superior inferior effective efficac futil
        prematur early slow lack poor insuffic random blind mask placebo sham vehicle dummy inactiv label phase arms? group
        allocat cohort parallel crossover single double triple pregnan women woman female male men boy girl mother infant
        breast lactat menopaus prostat testic ovar cervi endometr uter vagin vulv postpartum labou?r erect eligib inclu exclu
        criteri contact investigat coordinat director chair nurse author monitor sponsor doctor professor hospital clinic
        universit institut colleg center centre school city count(?:y|ry) insert placehold unknown string null example title
        summar descri keyword condition outcome intervent sex mask study studies trial protocol thus with from that this those
        these them they their there then than have been were will would could should shall into upon over under about above
        below each other some such only both same also more most very must when where which while whose what years? older aged
        before after during between within least either neither your being does phone call email language model certain sure
        here sorry unable primary secondary main two three four five first second third none study publish report previous
        prior""".split()  # noqa: SIM905 (as above)
    )
)
_FRAMES: Final = (
    "{n} weeks", "{n} months", "week {n}", "baseline and week {n}", "from baseline to week {n}", "up to {n} weeks",
    "baseline, then every {n} weeks",
)  # fmt: skip
_SENTENCE_END: Final = re.compile(r"(?<=[.;])\s+|\n- |\n| \| ")
_COPIED_WORDS: Final = 60
_OTHER_DRUGS: Final = ("aspirin", "caffeine")
_NO_TREATMENT: Final = {"PLACEBO_COMPARATOR": "Placebo", "SHAM_COMPARATOR": "Sham", "NO_INTERVENTION": "Observation"}


class WritingPlan(msgspec.Struct, frozen=True, kw_only=True):
    """The plan as the writer's prompt holds it."""

    drug: str
    label: int | None = None
    design: Design
    shape: Shape


def vocabulary(texts: Sequence[str], foreign: str = "") -> tuple[str, ...]:
    """The content words of `texts` that a record may use, without the words of `foreign`, filled up where they are few."""
    barred = set(re.findall(r"[a-z]+", foreign.casefold()))
    found = dict.fromkeys(word for text in texts for word in _WORD.findall(text))
    words = [each for each in found if each not in barred and not _BARRED.match(each)]
    return tuple(dict.fromkeys([*words, *FALLBACK])) if len(words) < _LEAST_WORDS else tuple(words)


def draft(
    plan: WritingPlan, words: tuple[str, ...], rng: random.Random, fault: str | None, exemplars: Mapping[int, str]
) -> dict[str, object]:
    """A record of the planned shape as the "Draft" schema has it, spoiled as `fault` says."""
    s, d = plan.shape, plan.design
    drug = plan.drug
    if fault == "missing_drug":
        drug = next(each for each in _OTHER_DRUGS if each not in plan.drug)
    title = _title(drug, d.conditions, s.title, words, rng)
    summary = _with_subject(drug, d.conditions, s.summary, words, rng) if s.summary else ""
    if extra := _spoiled(fault, exemplars):
        if summary:
            summary = f"{summary} {extra}"
        else:
            title = f"{title} {extra}"
    taken: set[frozenset[str]] = set()
    return {
        "brief_title": title,
        "official_title": _title(drug, d.conditions, s.official_title, words, rng) if s.official_title else None,
        "keywords": [_item(count, words, rng, taken) for count in s.keywords],
        "brief_summary": summary,
        "interventions": [
            {"description": _optional(count, words, rng)} for count in _to_length(s.interventions, len(d.interventions))
        ],
        "arms": _arms(plan, drug, words, rng),
        "primary_outcomes": [_measure(each, words, rng, taken) for each in s.primary_outcomes],
        "secondary_outcomes": [_measure(each, words, rng, taken) for each in s.secondary_outcomes],
        "inclusion": [_item(count, words, rng, taken) for count in s.inclusion],
        "exclusion": [_item(count, words, rng, taken) for count in s.exclusion],
        "criteria_other": prose(words, s.criteria_other, rng) if s.criteria_other else None,
        "detailed_description": prose(words, s.description, rng) if s.description else None,
    }


def reasons(exemplars: Mapping[int, str], rng: random.Random) -> list[dict[str, object]]:
    """Up to five reasons, each with a verbatim sentence of an exemplar."""
    quotes = [
        (number, quote)
        for number, text in sorted(exemplars.items())
        for quote in dict.fromkeys(each.strip().removeprefix("- ") for each in _SENTENCE_END.split(text))
        if 5 <= len(quote.split()) <= 40
    ]
    factors = rng.sample(FACTORS, 5)
    chosen = rng.sample(quotes, min(5, len(quotes)))
    return [
        {
            "factor": factor,
            "statement": f"Trials of this kind differ from others in {factor}.",
            "evidence": [{"exemplar": number, "quote": quote}],
        }
        for factor, (number, quote) in zip(factors, chosen, strict=False)
    ]


def prose(words: Sequence[str], count: int, rng: random.Random) -> str:
    """Sentences of `count` words together."""
    sentences = []
    while count > 0:
        # a rest too short for a sentence of its own goes into this one
        length = count if count <= 22 else rng.randrange(9, 17)
        count -= length
        sentences.append(f"{_capital(_phrase(words, length, rng))}.")
    return " ".join(sentences)


def _phrase(words: Sequence[str], count: int, rng: random.Random) -> str:
    """`count` words, every third a small one, none at the end."""
    row = rng.choices(words, k=count)
    small = len(range(2, count - 1, 3))
    row[2 : count - 1 : 3] = rng.choices(SMALL, k=small)
    return " ".join(row)


def _item(count: int, words: Sequence[str], rng: random.Random, taken: set[frozenset[str]]) -> str:
    """A list item with other words than those in `taken`; a word more where there is none left of that length."""
    for tries in range(40):
        item = _phrase(words, max(count, 1) + tries // 20, rng)
        key = frozenset(item.split())
        if key not in taken:
            break
    taken.add(key)
    return _capital(item)


def _measure(
    counts: tuple[int, int, int], words: Sequence[str], rng: random.Random, taken: set[frozenset[str]]
) -> dict[str, str | None]:
    measure, frame, description = counts
    return {
        "measure": _item(measure, words, rng, taken),
        "time_frame": _frame(frame, words, rng) if frame else None,
        "description": _optional(description, words, rng),
    }


def _frame(count: int, words: Sequence[str], rng: random.Random) -> str:
    fitting = [each for each in _FRAMES if len(each.split()) <= count] or ["baseline"]
    frame = rng.choice(fitting).format(n=rng.choice((4, 6, 8, 12, 16, 24, 26, 48, 52)))
    missing = count - len(frame.split())
    return _capital(f"{frame} {_phrase(words, missing, rng)}" if missing else frame)


def _optional(count: int, words: Sequence[str], rng: random.Random) -> str | None:
    return prose(words, count, rng) if count else None


def _title(drug: str, conditions: Sequence[str], count: int, words: Sequence[str], rng: random.Random) -> str:
    """Drug and conditions with words between; as many conditions as there is room for, at least the first."""
    room = count - len(drug.split())
    subject, *more = conditions or ("",)
    for each in more:
        if len(f"{subject} and {each}".split()) + 3 <= room:
            subject = f"{subject} and {each}"
    left = room - len(subject.split())
    if left > 4:
        between = f"for {_phrase(words, left - 2, rng)} in"
    elif left > 1:
        between = f"{_phrase(words, left - 1, rng)} in"
    else:
        between = "in"
    return _capital(f"{drug} {between} {subject}" if subject else f"{drug} {_phrase(words, max(room, 1), rng)}")


def _with_subject(drug: str, conditions: Sequence[str], count: int, words: Sequence[str], rng: random.Random) -> str:
    """A summary: a first sentence that names the drug and the conditions, then others."""
    lead = f"{drug} for {_phrase(words, 3, rng)}"
    named = " and ".join(conditions)
    if named and len(f"{lead} in {named}".split()) <= max(count, 12):
        lead = f"{lead} in {named}"
    rest = count - len(lead.split())
    if rest > 4:
        return f"{_capital(lead)}. {prose(words, rest, rng)}"
    return f"{_capital(f'{lead} {_phrase(words, rest, rng)}' if rest > 0 else lead)}."


def _arms(plan: WritingPlan, drug: str, words: Sequence[str], rng: random.Random) -> list[dict[str, str | None]]:
    """The planned arms with labels of their own; those that get a treatment name the drug in label or description."""
    arms: list[dict[str, str | None]] = []
    labels: set[str] = set()
    counts = plan.shape.arms or ((2, 0),) * len(plan.design.arms)
    for kind, (label_words, described) in zip(plan.design.arms, _to_length(counts, len(plan.design.arms)), strict=True):
        lead = _NO_TREATMENT.get(kind or "", drug)
        left = label_words - len(lead.split())
        label = f"{lead} {_phrase(words, left, rng)}" if left > 0 else lead
        while label in labels:
            label = f"{label} {rng.choice(words)}"
        labels.add(label)
        description = _optional(described, words, rng)
        if description and described > 8 and kind not in _NO_TREATMENT:
            description = f"{_capital(drug)} for {_phrase(words, described - 2, rng)}."
        arms.append({"label": _capital(label), "description": description})
    return arms


def _to_length(items: Sequence[Item], length: int) -> list[Item]:
    return [items[each % len(items)] for each in range(length)] if items else []


def _spoiled(fault: str | None, exemplars: Mapping[int, str]) -> str:
    """The text that makes a check fire."""
    if fault == "copy":
        longest = max(
            (body for text in exemplars.values() for body in re.split(r"^[A-Z][a-z ]+:", text, flags=re.MULTILINE)),
            key=len,
            default="",
        )
        return f"{' '.join(longest.split()[:_COPIED_WORDS])}."
    return {
        "leak": "The study was terminated because of slow enrollment.",
        "placeholder": "Participants take [insert dose] every morning.",
        "identity": "Questions go to jane.roe@example.org, registered as NCT00000000.",
    }.get(fault or "", "")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
