"""The critic tells drafts from real trials, and a writer goes on with the draft that it and the teacher like best."""

from __future__ import annotations

import asyncio
import random

import msgspec
import runs
from synthetrial.generate.drafting import draft_request, drafted
from synthetrial.generate.written import Source
from synthetrial.llm.model import Answer, Request, Usage
from synthetrial.recipe import Recipe
from synthetrial.verify.critic import Critic

WORDS = [f"word{each}" for each in range(40)]


def texts(sign: str, count: int, seed: int) -> list[str]:
    rng = random.Random(seed)
    return [" ".join([*rng.choices(WORDS, k=20), sign]) for _ in range(count)]


def test_what_gives_drafts_away_is_learnt() -> None:
    critic = Critic.fit(texts("steady", 60, 0), texts("wobbly", 40, 1))
    real, made = critic.margins(texts("steady", 20, 2)), critic.margins(texts("wobbly", 20, 3))
    assert real.min() > made.max()


def test_the_draft_that_looks_real_is_gone_on_with() -> None:
    bench = runs.bench()
    recipe = Recipe.model_validate(runs.recipe("grounded-embedded", write={"best_of": 3}))
    cell = msgspec.structs.replace(runs.plan()[0], count=1)
    exemplars = bench.exemplars(cell)
    critic = Critic.fit(texts("steady", 60, 0), texts("wobbly", 40, 1))
    source = Source(recipe=recipe, seed=0, mode="completion", log_odds=bench.log_odds, view=bench.view, critic=critic)
    asked: list[Request] = []

    async def ask(stage: str, attempt: int, request: Request) -> Answer:
        asked.append(request)
        signs = ("wobbly", "steady", "wobbly")[: request.n]
        titles = tuple(f"\nTitle: The {each} word1 word2 word3" for each in signs)
        return Answer(texts=titles, finish=("stop",) * request.n, usage=Usage(), seconds=0, model="m")

    (written,) = asyncio.run(drafted(source, cell, exemplars, 0, 1, ask))
    assert asked[0] == draft_request(source, cell, exemplars, 0, 1)
    assert asked[0].n == 3
    assert all(each.n == 1 for each in asked[1:])
    assert "wobbly" not in written.text
