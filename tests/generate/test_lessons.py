"""A run learns tilt and critic from drafts of its first cells, and writes every cell with what it learnt."""

from __future__ import annotations

import asyncio
from pathlib import Path

import runs
from synthetrial.generate import completion
from synthetrial.generate.lessons import Lessons, taught
from synthetrial.generate.written import Ask, Source
from synthetrial.llm.model import Answer, Request, Usage
from synthetrial.plan import Cell
from synthetrial.recipe import Recipe
from synthetrial.run.store import RunStore
from synthetrial.verify.critic import Critic

RECIPE = runs.recipe("grounded-embedded", write={"best_of": 2, "critic": 3, "tilt": 0.7, "label_tilt": 1.0})
DRAFT = "\nTitle: Tolerability of tablets\nSummary:\nPatients patients patients take tablets tablets tablets."


def learnt(folder: Path, times: int = 1) -> tuple[list[Source], list[tuple[int, Request]]]:
    """What cells are written with, asked for so many times, and what was asked for it, cell by cell."""
    bench = runs.bench()
    source = Source(recipe=Recipe.model_validate(RECIPE), seed=0, mode="completion", log_odds=bench.log_odds, view=bench.view)
    asked: list[tuple[int, Request]] = []

    def ask_of(cell: Cell) -> Ask:
        async def ask(stage: str, attempt: int, request: Request) -> Answer:
            asked.append((cell.index, request))
            return Answer(texts=(DRAFT,) * request.n, finish=("stop",) * request.n, usage=Usage(), seconds=0, model="m")

        return ask

    async def learn(store: RunStore) -> list[Source]:
        lessons = Lessons(source, bench, store, ask_of)
        return [await lessons.source() for _ in range(times)]

    with RunStore.open(folder, create=True) as store:
        store.save_plan(runs.plan(n=24, recipe=RECIPE))
        return asyncio.run(learn(store)), asked


def test_words_are_tilted_by_drafts_of_which_no_record_is_made_and_the_critic_learns_from_tilted_ones(tmp_path: Path) -> None:
    (source,), asked = learnt(tmp_path)
    assert [index for index, _ in asked] == [0, 1, 2] * 2
    untaught, first = [each for _, each in asked[:3]], [each for _, each in asked[3:]]
    assert all(each.tilt == () for each in untaught)
    assert dict(source.tilts[1])[" tablets"] < 0
    labels = [each.label for each in runs.plan(n=24, recipe=RECIPE)[:3]]
    assert [each.tilt for each in first] == [source.tilts[each] for each in labels]
    assert not {each.seed for each in untaught} & {each.seed for each in first}
    assert source.critic is not None
    real = [runs.render(each.protocol) for each in runs.bench().train[:5]]
    assert min(source.critic.margins(real)) > source.critic.margins([DRAFT])[0]


def test_all_cells_share_what_was_learnt_and_the_same_drafts_teach_the_same_again(tmp_path: Path) -> None:
    found, asked = learnt(tmp_path / "a", times=3)
    (again,), _ = learnt(tmp_path / "b")
    assert all(each is found[0] for each in found)
    assert again.tilts == found[0].tilts
    assert again.critic is not None
    assert found[0].critic is not None
    assert again.critic.margins([DRAFT]) == found[0].critic.margins([DRAFT])
    assert len(asked) == 3 + 3


def test_a_critic_is_taught_by_what_it_chose_itself() -> None:
    """The first critic takes the draft without "injections" of each cell; by what is left the second knows it all the same."""
    cells = runs.plan(n=24, recipe=RECIPE)[:8]
    steady = [_draft(cell, "tablets") for cell in cells]
    answers = [
        Answer(texts=(_draft(cell, "injections"), own), finish=("stop",) * 2, usage=Usage(), seconds=0, model="m")
        for cell, own in zip(cells, steady, strict=True)
    ]
    real = [runs.render(each.protocol) for each in runs.bench().train]
    first = Critic.fit(
        real, [completion.whole(cell, each) for cell, own in zip(cells, answers, strict=True) for each in own.texts]
    )
    both = taught(real, cells, answers)
    texts = [completion.whole(cell, each) for cell, each in zip(cells, steady, strict=True)]
    assert max(both.margins(texts)) < min(first.margins(texts))


def _draft(cell: Cell, word: str) -> str:
    """One that follows the plan, of that word."""
    return runs.draft(cell, lambda _: f"{word} {word}")
