"""The critic tells drafts from real trials, and a writer goes on with the draft that it and the teacher like best."""

from __future__ import annotations

import asyncio
import random

import msgspec
import pytest

import runs
from synthetrial.check import ORDER
from synthetrial.generate.drafting import completed, draft_request
from synthetrial.generate.written import Source
from synthetrial.llm.model import Answer, Request, Usage
from synthetrial.recipe import Recipe
from synthetrial.verify.critic import Critic

WORDS = [f"word{each}" for each in range(40)]


def texts(sign: str, count: int, seed: int) -> list[str]:
    rng = random.Random(seed)
    return [" ".join(rng.sample([*rng.choices(WORDS, k=20), *[sign] * 3], 23)) for _ in range(count)]


def test_what_gives_drafts_away_is_learnt() -> None:
    critic = Critic.fit(texts("tablets", 60, 0), texts("injections", 40, 1))
    real, made = critic.margins(texts("tablets", 20, 2)), critic.margins(texts("injections", 20, 3))
    assert min(real) > 0 > max(made)


def test_lengths_give_drafts_away_as_well_as_words() -> None:
    long, short = (f"Title: {'word ' * 9}\nSummary: {'word ' * count}\n" for count in (40, 15))
    critic = Critic.fit([long] * 30, [short] * 30)
    assert critic.margins([long])[0] > 0 > critic.margins([short])[0]


def test_a_critic_sees_in_what_it_chose_what_it_did_not_know() -> None:
    real = texts("tablets", 60, 0)
    critic = Critic.fit(real, [*texts("injections", 40, 1), *texts("infusions", 2, 2)])
    left = texts("infusions", 40, 4)
    assert critic.margins(left).max() > 0
    corrected = critic.corrected(left)
    assert corrected.margins(texts("tablets", 20, 5)).min() > 0 > corrected.margins(left).max()


def test_the_draft_that_looks_real_is_gone_on_with() -> None:
    bench = runs.bench()
    recipe = Recipe.model_validate(runs.recipe("grounded-embedded", write={"best_of": 3}))
    cell = msgspec.structs.replace(runs.plan()[0], count=1)
    critic = Critic.fit(texts("tablets", 60, 0), texts("injections", 40, 1))
    source = Source(recipe=recipe, seed=0, mode="completion", log_odds=bench.log_odds, view=bench.view, critic=critic)
    asked: list[Request] = []

    async def ask(stage: str, attempt: int, request: Request) -> Answer:
        """Drafts of a first intervention, and nothing where anything else is asked for."""
        asked.append(request)
        told = [f" | {each} and more {each} for adults" for each in ("injections", "tablets", "injections")]
        answered = tuple(told) if request.n == 3 else ("",)
        return Answer(texts=answered, finish=("stop",) * request.n, usage=Usage(), seconds=0, model="m")

    (written,) = asyncio.run(completed(source, cell, bench.exemplars(cell), 0, 1, ask))
    assert asked[0] == draft_request(source, cell, bench.exemplars(cell), 0, 1)
    assert asked[0].n == 3
    assert all(each.n == 1 for each in asked[1:])
    assert written.text.startswith(" | tablets and more tablets for adults")


def test_a_draft_that_passes_the_checks_goes_before_one_that_looks_more_real_and_is_taken_as_it_is() -> None:
    bench = runs.bench()
    skip = [each for each in ORDER if each != "parse"]
    recipe = Recipe.model_validate(runs.recipe("grounded-embedded", write={"best_of": 3}, check={"skip": skip}))
    cell = msgspec.structs.replace(runs.plan()[0], count=1)
    critic = Critic.fit(texts("tablets", 60, 0), texts("injections", 40, 1))
    source = Source(recipe=recipe, seed=0, mode="completion", log_odds=bench.log_odds, view=bench.view, critic=critic)
    drafts = (" | tablets and no title\n", "\nTitle: injections injections\n", "\nTitle: tablets tablets\n")

    async def ask(stage: str, attempt: int, request: Request) -> Answer:
        assert request.n == 3, "a sound draft needs no other call"
        return Answer(texts=drafts, finish=("stop",) * 3, usage=Usage(), seconds=0, model="m")

    (written,) = asyncio.run(completed(source, cell, bench.exemplars(cell), 0, 1, ask))
    assert written.text == drafts[2]
    assert written.protocol is not None
    assert written.protocol.brief_title == "tablets tablets"


@pytest.mark.parametrize("mended", [True, False])
def test_a_record_has_lines_of_drafts_that_do_not_pass_themselves_if_it_passes_with_them(mended: bool) -> None:
    """The real-looking draft has a placeholder in its title, which the critic likes better than the other's or does not."""
    bench = runs.bench()
    skip = [each for each in ORDER if each not in ("parse", "placeholder")]
    recipe = Recipe.model_validate(runs.recipe("grounded-embedded", write={"best_of": 2}, check={"skip": skip}))
    cell = msgspec.structs.replace(runs.plan()[0], count=1)
    critic = Critic.fit(texts("tablets", 60, 0), texts("injections", 40, 1))
    source = Source(recipe=recipe, seed=0, mode="completion", log_odds=bench.log_odds, view=bench.view, critic=critic)

    def draft(word: str, title: str) -> str:
        told = {"Title": title, "Interventions": f" | {word} {word}"}
        return runs.draft(cell, lambda section: told.get(section, f"{word} {word}"))

    titles = ("injections TBD", "tablets") if mended else ("tablets TBD", "injections")
    drafts = [draft(*each) for each in zip(("tablets", "injections"), titles, strict=True)]

    async def ask(stage: str, attempt: int, request: Request) -> Answer:
        return Answer(texts=tuple(drafts), finish=("stop",) * 2, usage=Usage(), seconds=0, model="m")

    (written,) = asyncio.run(completed(source, cell, bench.exemplars(cell), 0, 1, ask))
    assert "TBD" not in written.text
    assert written.text.count("injections") == (0 if mended else drafts[1].count("injections"))
