"""Section by section: what is faulty is written again, what is short goes on, and what is cut off does not stay."""

from __future__ import annotations

import asyncio

from check_candidates import GOUT, TRAIN, candidate

from synthetrial.check.view import View
from synthetrial.corpus.demo import demo_corpus
from synthetrial.generate.completing import GOES, LIST_GOES, write_section
from synthetrial.generate.completion import complete_record
from synthetrial.generate.piece import Told
from synthetrial.generate.steps import Item, Step, steps
from synthetrial.llm.model import Answer, Usage

CELL = candidate(GOUT, planned=GOUT).cell
VIEW = View.build([*TRAIN, *demo_corpus().trials[:80]])
GOOD = ("Adults with pain after the first dose", "A body weight over 50 kg at entry", "Willing to keep a diary of visits")
LOOP = "pain in pain in pain in pain in pain in"


class Answers:
    """A base model that answers one text after another, and what it was asked."""

    def __init__(self, *texts: str, finish: str = "stop") -> None:
        self.texts, self.finish = list(texts), finish
        self.asked: list[tuple[str, str]] = []

    async def __call__(self, text: str, grammar: str, tokens: int, go: int) -> Answer:
        assert go == len(self.asked)
        self.asked.append((text, grammar))
        found = self.texts[min(go, len(self.texts) - 1)]
        return Answer(texts=(found,), finish=(self.finish,), usage=Usage(completion_tokens=tokens), seconds=0, model="m")

    async def any(self, text: str, grammar: str, tokens: int, go: int) -> Answer:
        return await self(text, grammar, tokens, len(self.asked))


def written(step: Step, answers: Answers, before: str = "Title: x") -> str:
    told = Told(CELL, TRAIN, VIEW)
    return asyncio.run(write_section(step, before, told, answers)).text


def step(name: str) -> Step:
    return next(each for each in steps(CELL) if each.name == name)


def loose(*words: int) -> Step:
    return Step("Inclusion", "\nInclusion Criteria:", tuple(Item("\n- ", "w", each) for each in words), loose=True)


def prose(words: int) -> Step:
    return Step("Summary", "\nSummary:", (Item("\n", "w", words),), prose=True)


def test_a_faulty_item_of_a_list_is_asked_for_again_behind_the_sound_ones() -> None:
    answers = Answers(f"\nInclusion Criteria:\n- {GOOD[0]}\n- {LOOP}\n- {GOOD[1]}\n", f"\n- {GOOD[2]}\n")
    text = written(loose(7, 7, 7), answers)
    assert text == f"\nInclusion Criteria:\n- {GOOD[0]}\n- {GOOD[1]}\n- {GOOD[2]}"
    assert answers.asked[0][0] == "Title: x"
    assert answers.asked[1][0] == f"Title: x\nInclusion Criteria:\n- {GOOD[0]}\n- {GOOD[1]}"
    assert 'root ::= "\\n- " w "\\n"' in answers.asked[1][1]


def test_a_drafts_sound_lines_cost_no_call_and_its_faulty_ones_are_asked_for() -> None:
    lines = [f"\n- {each}" for each in GOOD]
    told = Told(CELL, TRAIN, VIEW)
    answers = Answers("")
    text = asyncio.run(write_section(loose(7, 7, 7), "Title: x", told, answers, lines)).text
    assert text == "\nInclusion Criteria:" + "".join(lines)
    assert not answers.asked
    again = Answers("", f"\n- {GOOD[2]}\n")
    again.asked.append(("", ""))  # the draft stands for the first go
    told = Told(CELL, TRAIN, VIEW)
    text = asyncio.run(write_section(loose(7, 7, 7), "Title: x", told, again, [*lines[:2], f"\n- {LOOP}"])).text
    assert text == "\nInclusion Criteria:" + "".join(lines)
    assert len(again.asked) == 2


def test_a_list_that_is_short_of_its_words_goes_on() -> None:
    answers = Answers(f"\nInclusion Criteria:\n- {GOOD[0]}\n", f"\n- {GOOD[1]}\n", f"\n- {GOOD[2]}\n")
    assert written(loose(24), answers).count("\n- ") == 3


def test_criteria_that_would_lead_away_from_the_planned_words_are_left_out() -> None:
    answers = Answers(f"\nInclusion Criteria:\n- {GOOD[0]}\n- {GOOD[1]}\n", f"\n- {GOOD[1]}\n")
    assert written(loose(5, 5), answers) == f"\nInclusion Criteria:\n- {GOOD[0]}"
    assert len(answers.asked) == LIST_GOES


def test_a_list_without_a_sound_item_keeps_a_repetition_for_the_checks_to_judge_but_no_copy() -> None:
    answers = Answers(f"\nInclusion Criteria:\n- {LOOP}\n")
    assert written(loose(7), answers) == "\nInclusion Criteria:\n- pain in pain in pain in pain in pain"
    assert len(answers.asked) == LIST_GOES
    copied = str(TRAIN[0].protocol.brief_summary).split(". ")[1]
    assert written(loose(20), Answers(f"\nInclusion Criteria:\n- {copied}\n")) == ""


def test_an_item_cut_off_by_the_token_limit_does_not_stay() -> None:
    answers = Answers(f"\nInclusion Criteria:\n- {GOOD[0]}\n- {GOOD[1]} and", f"\n- {GOOD[2]}", finish="length")
    assert written(loose(7, 7), answers) == f"\nInclusion Criteria:\n- {GOOD[0]}"


def test_loose_ends_are_cut_off_as_they_come() -> None:
    assert written(loose(7), Answers(f"\nInclusion Criteria:\n- {GOOD[0]}, of the\n")).endswith(GOOD[0])


def test_a_section_of_a_fixed_number_of_lines_is_written_again_from_its_first_fault() -> None:
    arms = step("Arms")
    first, second = (
        "\n- Experimental: Colchicine | One tablet in the evening",
        "\n- Placebo comparator: Placebo | A tablet alike",
    )
    answers = Answers(f"\nArms:{first}\n- Placebo comparator: {LOOP}\n", f"{second}\n")
    assert written(arms, answers) == f"\nArms:{first}{second}"
    assert answers.asked[1][0].endswith(first)


def test_after_the_last_go_a_fixed_line_stays_as_it_is() -> None:
    title = step("Title")
    answers = Answers(f"\nTitle: {LOOP} in Gout\n")
    assert written(title, answers) == f"\nTitle: {LOOP} in Gout"
    assert len(answers.asked) == GOES


def test_prose_keeps_its_sound_sentences_and_goes_on() -> None:
    one, two = "Children with a cough will be seen at night.", "The score one hour after the mist is compared."
    answers = Answers(f"\nSummary:\n{one} They {LOOP}.\n", f" {two}\n")
    assert written(prose(18), answers) == f"\nSummary:\n{one} {two}"
    assert answers.asked[1][0] == f"Title: x\nSummary:\n{one}"


def test_a_heading_of_criteria_inside_other_criteria_is_refused() -> None:
    other = Step("Eligibility", "\nEligibility:", (Item("\n", "w", 8),), prose=True)
    answers = Answers(
        "\nEligibility:\nInclusion criteria are a cough at night.\n", " Adults with heel pain are seen at night.\n"
    )
    assert "nclusion" not in written(other, answers)


def test_what_the_plan_gives_whole_costs_no_call() -> None:
    fixed = Step("Interventions", "", (Item("", "", 0), Item("\n- Drug: Placebo", "", 0)))
    answers = Answers("")
    assert written(fixed, answers) == "\n- Drug: Placebo"
    assert not answers.asked


def test_a_record_ends_at_a_section_that_would_have_it_refused() -> None:
    answers = Answers(*[f"\n{LOOP}\n"] * 99)
    text = asyncio.run(complete_record(CELL, Told(CELL, TRAIN, VIEW), answers.any)).text
    assert 5 < len(answers.asked) < 30
    assert "Summary:" not in text  # no sentence was sound
    assert "Arms:" not in text
    assert "Criteria:" not in text
