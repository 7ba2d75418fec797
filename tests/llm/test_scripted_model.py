"""The scripted engine: repeatable, as many distinct records as one likes, that pass the checks, and faults on demand."""

import asyncio
import json
import subprocess
import sys
import time

import msgspec
import pytest

from synthetrial.check import judge
from synthetrial.check.candidate import Candidate
from synthetrial.check.view import View
from synthetrial.corpus.demo import demo_corpus
from synthetrial.errors import ModelError, ParseError, RetryableModelError, UsageError
from synthetrial.generate import chat
from synthetrial.generate.exemplar import shown
from synthetrial.llm.model import Message, Request
from synthetrial.llm.scripted import ScriptedModel
from synthetrial.plan import Cell, Design, Shape
from synthetrial.shape import shape_of
from synthetrial.similar.minhash import THRESHOLD, signatures, similarity
from synthetrial.text import render

SMALL = {"title": "Draft"}
PLAN = {"drug": "colchicine", "label": 1, "design": {"conditions": ["Gout"], "interventions": [["DRUG", "Colchicine"]]}}


def prompt(shape, plan=PLAN, exemplar="Title: Colchicine in Gout\nSummary:\nTablets ease swollen joints.\n"):
    return f"<<<EXEMPLAR 1: RECORD-1\n{exemplar}>>>\nWrite.\nPLAN:\n{json.dumps({**plan, 'shape': shape})}\n"


def request(content, seed=1, n=1, schema=SMALL):
    return Request(seed=seed, max_tokens=500, n=n, messages=(Message("system", "s"), Message("user", content)), schema=schema)


def answers(model, *requests):
    async def run():
        return [await model.answer(each) for each in requests]

    return asyncio.run(run())


def record(shape, seed=1, plan=PLAN, **faults):
    (answer,) = answers(ScriptedModel(faults=faults), request(prompt(shape, plan), seed))
    return json.loads(answer.texts[0])


# --- with the demo corpus, through prompts and checks --------------------------------------------------------------------


@pytest.fixture(scope="module")
def demo():
    """Trials of the demo corpus, and the view of them that checks have."""
    trials = [each for each in demo_corpus().trials if each.protocol.arms and each.protocol.interventions]
    return trials, View.build(trials)


def cells(trials):
    """A cell per trial that takes drug, design and shape from it and shows it with two others."""
    for number, each in enumerate(trials):
        p, e = each.protocol, each.protocol.eligibility
        drug = p.interventions[0].name
        yield Cell(
            index=number,
            drug=drug.casefold(),
            names=(drug,),
            label=each.label.value,
            count=1,
            fold=0,
            rung="drug",
            exemplars=tuple(trials[(number + i) % len(trials)].trial_id for i in range(3)),
            design=Design(
                conditions=p.conditions,
                interventions=tuple((i.type, i.name) for i in p.interventions),
                arms=tuple(a.type for a in p.arms),
                study_type=p.study_type,
                phases=p.phases,
                allocation=p.allocation,
                intervention_model=p.intervention_model,
                primary_purpose=p.primary_purpose,
                masking=p.masking,
                lead_sponsor_class=p.lead_sponsor_class,
                sex=e.sex,
                minimum_age=e.minimum_age,
                maximum_age=e.maximum_age,
                healthy_volunteers=e.healthy_volunteers,
            ),
            shape=shape_of(p),
            seed=number,
        )


def exemplars_of(cell, trials):
    return tuple(trials[(cell.index + i) % len(trials)] for i in range(3))


def write_request(cell, trials):
    messages = chat.write_messages(cell, exemplars_of(cell, trials), (), 400)
    return Request(seed=cell.seed, max_tokens=4000, messages=messages, schema=chat.write_schema(cell))


def verdicts(demo, count, **faults):
    trials, view = demo
    model = ScriptedModel(faults=faults)
    found = []
    for cell in list(cells(trials))[:count]:
        (answer,) = answers(model, write_request(cell, trials))
        try:
            protocol, error = chat.read_draft(cell, answer.texts[0]), None
        except ParseError as refusal:
            protocol, error = None, str(refusal)
        candidate = Candidate(
            cell=cell, exemplars=exemplars_of(cell, trials), text=answer.texts[0], protocol=protocol, error=error
        )
        found.append(judge(candidate, view))
    return found


def test_records_pass_the_checks(demo):
    found = verdicts(demo, 120)
    refused = [each.details for each in found if not each.accepted]
    assert len(refused) <= 6, refused


@pytest.mark.parametrize(
    ("fault", "code", "least"),
    [
        ("bad_json", "parse", 20),
        ("leak", "outcome-leak", 20),
        ("placeholder", "placeholder", 20),
        ("copy", "copy", 19),
        ("identity", "identity", 20),
        ("missing_drug", "intervention", 16),
    ],
)
def test_a_fault_on_demand_makes_its_check_fire(demo, fault, code, least):
    assert sum(code in each.codes for each in verdicts(demo, 20, **{fault: 1.0})) >= least


def test_one_prompt_gives_any_number_of_distinct_records(demo):
    trials, _ = demo
    cell = next(cells(trials))
    asked = write_request(cell, trials)
    made = answers(ScriptedModel(), *(msgspec.structs.replace(asked, seed=seed, n=2) for seed in range(600)))
    table = signatures([render(chat.read_draft(cell, text)) for each in made for text in each.texts])
    assert max(similarity(table[i], table[i + 1 :]).max() for i in range(len(table) - 1)) < THRESHOLD


def test_the_written_words_are_as_many_as_planned(demo):
    trials, _ = demo
    for cell in list(cells(trials))[:40]:
        (answer,) = answers(ScriptedModel(), write_request(cell, trials))
        written = shape_of(chat.read_draft(cell, answer.texts[0]))
        for slot in ("description", "criteria_other", "official_title"):
            assert bool(getattr(written, slot)) == bool(getattr(cell.shape, slot))
        assert [len(getattr(written, name)) for name in ("inclusion", "exclusion", "primary_outcomes", "arms")] == [
            len(getattr(cell.shape, name)) for name in ("inclusion", "exclusion", "primary_outcomes", "arms")
        ]
        assert written.description == cell.shape.description
        assert sum(written.inclusion) - sum(cell.shape.inclusion) in range(3)


def test_reasons_quote_their_exemplars_word_for_word(demo):
    trials, _ = demo
    cell = next(cells(trials))
    shown_trials = exemplars_of(cell, trials)
    messages = chat.reasons_messages(cell, shown_trials, 400, 5)
    (answer,) = answers(ScriptedModel(), Request(seed=1, max_tokens=900, messages=messages, schema=chat.reasons_schema()))
    reasons = json.loads(answer.texts[0])["reasons"]
    assert len(reasons) == 5
    assert len({each["factor"] for each in reasons}) == 5
    for each in reasons:
        (evidence,) = each["evidence"]
        assert evidence["quote"] in shown(shown_trials[evidence["exemplar"] - 1].protocol, 400)
    assert len(chat.read_reasons(answer.texts[0], shown_trials)) == 5


def test_it_is_fast(demo):
    trials, _ = demo
    asked = write_request(next(cells(trials)), trials)
    requests = [msgspec.structs.replace(asked, seed=seed) for seed in range(300)]
    began = time.process_time()
    answers(ScriptedModel(), *requests)
    assert 300 / (time.process_time() - began) > 500


# --- by itself -----------------------------------------------------------------------------------------------------------


def test_the_same_question_has_the_same_answer_whatever_was_asked_before():
    questions = [request(prompt({"title": 9, "summary": 30}), seed, n=3) for seed in range(5)]
    forward = answers(ScriptedModel(), *questions)
    backward = answers(ScriptedModel(), *reversed(questions))
    assert [each.texts for each in forward] == [each.texts for each in reversed(backward)]
    assert len({text for each in forward for text in each.texts}) == 15
    assert answers(ScriptedModel(seed=1), questions[0])[0].texts != forward[0].texts


def test_another_process_gives_the_same_answer():
    content = prompt({"title": 9, "summary": 30})
    script = (
        "import asyncio, sys; from synthetrial.llm.model import *; from synthetrial.llm.scripted import ScriptedModel\n"
        f"m = (Message('system', 's'), Message('user', {content!r}))\n"
        f"r = Request(seed=1, max_tokens=500, messages=m, schema={SMALL!r})\n"
        "sys.stdout.write(asyncio.run(ScriptedModel().answer(r)).texts[0])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env={"PYTHONHASHSEED": "77"}, check=True
    )
    assert done.stdout == answers(ScriptedModel(), request(content))[0].texts[0]


def test_tokens_are_counted_in_proportion_to_words():
    (answer,) = answers(ScriptedModel(), request(prompt({"title": 9, "summary": 40})))
    assert answer.usage.completion_tokens == round(len(answer.texts[0].split()) * 1.3)
    assert answer.usage.prompt_tokens > 20
    assert (answer.model, answer.finish) == ("scripted", ("stop",))


def test_the_smallest_shape_names_drug_and_condition():
    written = record({"title": 3})
    assert written["brief_title"] == "Colchicine in Gout"
    assert (written["brief_summary"], written["official_title"], written["keywords"]) == ("", None, [])


def test_a_plan_without_conditions_still_has_a_title():
    written = record({"title": 5}, plan={**PLAN, "design": {"conditions": [], "interventions": [["DRUG", "Colchicine"]]}})
    assert written["brief_title"].startswith("Colchicine ")
    assert len(written["brief_title"].split()) == 5


def test_a_long_title_holds_all_conditions():
    design = {"conditions": ["Gout", "Kidney Stone"], "interventions": [["DRUG", "Colchicine"]]}
    assert "Gout and Kidney Stone" in record({"title": 14}, plan={**PLAN, "design": design})["brief_title"]


@pytest.mark.parametrize("words", [3, 6, 9, 14, 60])
def test_a_summary_of_any_length_names_the_drug(words):
    summary = record({"title": 5, "summary": words})["brief_summary"]
    assert summary.startswith("Colchicine")
    assert summary.endswith(".")


def test_arms_have_labels_of_their_own_and_placebos_are_called_so():
    design = {**PLAN["design"], "arms": ["EXPERIMENTAL", "EXPERIMENTAL", "PLACEBO_COMPARATOR"]}
    plan = {**PLAN, "design": design}
    arms = record({"title": 5, "arms": [[1, 0], [1, 20], [1, 0]]}, plan=plan)["arms"]
    assert arms[0]["label"] == "Colchicine"
    assert arms[1]["label"].startswith("Colchicine ")
    assert arms[1]["description"].startswith("Colchicine")
    assert arms[2]["label"] == "Placebo"
    assert len(record({"title": 5}, plan=plan)["arms"]) == 3  # planned arms without words of their own


def test_many_short_items_differ():
    keywords = record({"title": 5, "keywords": [1] * 60, "inclusion": [1] * 60})
    items = keywords["keywords"] + keywords["inclusion"]
    assert len({each.casefold() for each in items}) == 120


def test_without_a_summary_the_title_is_spoiled():
    assert "[insert dose]" in record({"title": 5}, placeholder=1.0)["brief_title"]


def test_a_prompt_without_a_schema_is_answered_by_what_it_holds():
    model = ScriptedModel()
    draft, reasons, prose = answers(
        model,
        request(prompt({"title": 5}), schema=None),
        request("<<<EXEMPLAR 1: A\nSummary:\nFive words stand in here.\n>>>\n", schema=None),
        Request(seed=1, max_tokens=26, prompt="Title: zinc lozenges"),
    )
    assert "brief_title" in json.loads(draft.texts[0])
    assert json.loads(reasons.texts[0])["reasons"][0]["evidence"] == [{"exemplar": 1, "quote": "Five words stand in here."}]
    assert len(prose.texts[0].split()) == 20


def test_what_stands_behind_the_plan_is_ignored_and_the_last_plan_counts():
    content = f"{prompt({'title': 30})}\nAgain.\nPLAN: {json.dumps({**PLAN, 'shape': {'title': 4}})}\nAnswer in JSON: {{}}"
    (answer,) = answers(ScriptedModel(), request(content))
    assert len(json.loads(answer.texts[0])["brief_title"].split()) <= 5


@pytest.mark.parametrize(
    ("content", "schema", "said"),
    [
        ("Tell me a joke.", SMALL, "shows no plan"),
        ("Tell me a joke.", {"title": "Reasons"}, "shows no exemplars"),
        ("PLAN:\nnothing", SMALL, "the PLAN of the request cannot be read"),
        ('PLAN:\n{"drug": 3}', SMALL, "the PLAN of the request cannot be read"),
    ],
)
def test_prompts_of_others_are_refused(content, schema, said):
    with pytest.raises(ModelError, match=said):
        answers(ScriptedModel(), request(content, schema=schema))


@pytest.mark.parametrize("faults", [{"gremlins": 0.1}, {"leak": 1.5}, {"leak": -0.1}, {"leak": 0.6, "copy": 0.6}])
def test_impossible_faults_are_wrong_usage(faults):
    with pytest.raises(UsageError, match="are rates in"):
        ScriptedModel(faults=faults)


def test_faults_come_at_their_rates():
    model = ScriptedModel(faults={"leak": 0.2, "placeholder": 0.3})
    (answer,) = answers(model, request(prompt({"title": 5, "summary": 20}), n=2000))
    assert 320 < sum("terminated" in each for each in answer.texts) < 480
    assert 510 < sum("[insert dose]" in each for each in answer.texts) < 690


def test_a_call_that_failed_on_demand_can_be_tried_again_and_gives_the_same_answer():
    asked = [request(prompt({"title": 5}), seed) for seed in range(200)]
    expected = [each.texts for each in answers(ScriptedModel(), *asked)]
    model = ScriptedModel(faults={"retryable": 0.4})
    failures, given = 0, []

    async def run():
        nonlocal failures
        for each in asked:
            while True:
                try:
                    given.append((await model.answer(each)).texts)
                    break
                except RetryableModelError:
                    failures += 1
        await model.aclose()

    asyncio.run(run())
    assert given == expected
    assert 80 < failures < 200  # 200 * .4 / .6 = 133 on average


def test_plans_with_unknown_shapes_are_read_as_the_types_say():
    shape = Shape(title=6, secondary_outcomes=((3, 1, 0), (3, 9, 5)))
    outcomes = record(msgspec.to_builtins(shape))["secondary_outcomes"]
    assert [len(each["time_frame"].split()) for each in outcomes] == [1, 9]
    assert [each["description"] is None for each in outcomes] == [True, False]
