"""A base model writes what the rendering has: its sections in their order, each item under what the plan gives of it."""

from __future__ import annotations

import re

import msgspec
import pytest
from check_candidates import COUGH, GOUT, candidate

from synthetrial.corpus.demo import demo_corpus
from synthetrial.generate.steps import Step, bounds, draft_grammar, drafted, grammar, header, max_tokens, steps
from synthetrial.plan import Cell
from synthetrial.shape import shape_of
from synthetrial.text import render
from synthetrial.trial import Protocol


def cell(protocol: Protocol) -> Cell:
    """A plan of exactly `protocol`."""
    return candidate(protocol, planned=protocol).cell


def plain(protocol: Protocol) -> bool:
    """Whether a grammar could write `protocol`: free text on one line, criteria as lists, no other names."""
    shape = shape_of(protocol)
    texts = (protocol.brief_summary, protocol.detailed_description)
    return (
        all("\n" not in (each or "") for each in texts)
        and not shape.criteria_other
        and bool(protocol.interventions)
        and all(not each.other_names for each in protocol.interventions)
        and all(not each.intervention_names for each in protocol.arms)
    )


@pytest.mark.parametrize("protocol", [COUGH, *(t.protocol for t in demo_corpus().trials if plain(t.protocol))][:60])
def test_steps_cover_the_rendering(protocol: Protocol) -> None:
    planned = cell(protocol)
    rest = render(protocol)
    assert rest.startswith(header(planned))
    rest = rest.removeprefix(header(planned))
    for step in steps(planned):
        assert rest.startswith(step.lead), step.name
        rest = rest.removeprefix(step.lead)
        for item in step.items:
            assert rest.startswith(item.lead), (step.name, item)
            line = re.match(r"\n?[^\n]*" if item.lead else r"[^\n]*", rest)[0]  # type: ignore[index]
            rest = rest.removeprefix(line)
            assert len(line.split()) >= item.words
    assert rest == "\n"


@pytest.mark.parametrize("protocol", [COUGH, GOUT, *(t.protocol for t in demo_corpus().trials if plain(t.protocol))][:60])
def test_a_drafts_lines_are_told_apart_by_section(protocol: Protocol) -> None:
    planned = tuple(steps(cell(protocol)))
    text = render(protocol).removeprefix(header(cell(protocol))).removesuffix("\n")
    lines = drafted(text, planned)
    assert "".join(step.lead + "".join(each) for step, each in zip(planned, lines, strict=True)) == text
    assert [len(each) for each in lines] == [len(step.items) for step in planned]
    cut = drafted(text[: len(text) // 2].rpartition("\n")[0], planned)
    assert [line for each in cut for line in each] == [line for each in lines for line in each][: sum(map(len, cut))]


def test_a_draft_has_all_sections_on_end() -> None:
    planned = tuple(steps(cell(GOUT)))
    rule = draft_grammar(planned).split("\n", 1)[0]
    assert rule.endswith('"\\n"')
    places = [rule.index(grammar("", step.items).split("\n", 1)[0][9:-5].strip()) for step in planned if step.words]
    assert places == sorted(places)


def named(name: str) -> Step:
    return next(each for each in steps(cell(GOUT)) if each.name == name)


def test_what_the_plan_gives_is_literal() -> None:
    assert [each.lead for each in named("Interventions").items] == ["", "\n- Drug: Placebo"]
    assert '" " "Gout"' in named("Title").items[0].body.replace('("in" | "for" | "of") ', "")
    experimental, placebo = named("Arms").items
    assert (experimental.lead, placebo.lead) == ("\n- Experimental: ", "\n- Placebo comparator: ")
    assert '"Colchicine"' in experimental.body
    assert '"Colchicine"' not in placebo.body


def test_without_an_arm_that_tells_the_title_names_the_drug() -> None:
    assert '"Colchicine"' not in named("Title").items[0].body
    alone = next(s for s in steps(cell(msgspec.structs.replace(GOUT, arms=()))) if s.name == "Title")
    assert re.search(r'"Colchicine".*"Gout"$', alone.items[0].body)


@pytest.mark.parametrize("count", [4, 9, 20])
def test_a_title_that_names_the_drug_has_the_planned_words_and_no_more(count: int) -> None:
    without = msgspec.structs.replace(GOUT, arms=(), brief_title=" ".join(["word"] * count))
    body = next(s for s in steps(cell(without)) if s.name == "Title").items[0].body
    ways = body.split("(", 1)[1].split(') " " ("in"')[0].split(" | ")
    most = []
    for way in ways:
        lead = way.split('"Colchicine"')[0].count("w")
        free = re.search(r"\{(\d+),(\d+)\}", way)
        most.append(lead + 1 + (int(free[2]) if free else 0))
        assert lead + 1 + (int(free[1]) if free else 0) >= round(0.8 * (count - 2))
    assert set(most) == {count - 2}  # the others are "in Gout"


def test_lists_of_criteria_and_outcomes_are_loose_and_other_sections_are_not() -> None:
    loose = [each.name for each in steps(cell(GOUT)) if each.loose]
    assert loose == ["Primary outcomes", "Secondary outcomes", "Inclusion", "Exclusion"]
    assert [each.name for each in steps(cell(GOUT)) if each.prose] == ["Summary"]
    assert named("Inclusion").lead == "\nEligibility:\nInclusion Criteria:"
    assert named("Exclusion").lead == "\nExclusion Criteria:"


def test_a_name_with_marks_of_the_grammar_is_quoted() -> None:
    named = Protocol(brief_title="x", interventions=(GOUT.interventions[0], GOUT.interventions[0]))
    odd = cell(named).design.interventions[0][0], 'A "b" \\ c | d'
    planned = cell(named)
    planned = msgspec.structs.replace(
        planned, design=msgspec.structs.replace(planned.design, interventions=(planned.design.interventions[0], odd))
    )
    step = next(steps(planned))
    assert step.items[1].lead == '\n- Drug: A "b" \\\\ c \\| d'
    assert grammar("", step.items).startswith('root ::= " | " w')
    assert '"\\n- Drug: A \\"b\\" \\\\\\\\ c \\\\| d"' in grammar("", step.items)


@pytest.mark.parametrize("count", [1, 2, 5, 12, 40])
def test_bounds_leave_room_to_end_a_phrase(count: int) -> None:
    low, high = bounds(count)
    assert 1 <= low <= count < high


def test_there_is_room_for_the_longest_text() -> None:
    for step in steps(cell(GOUT)):
        assert max_tokens(step.items) > 2 * sum(bounds(each.words)[1] for each in step.items)
