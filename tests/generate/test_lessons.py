"""A run learns tilt and critic from drafts of its first cells, and writes every cell with what it learnt."""

from __future__ import annotations

import asyncio
from pathlib import Path

import runs
from synthetrial.generate.lessons import Lessons, taught_by
from synthetrial.generate.written import Ask, Source
from synthetrial.llm.model import Answer, Request, Usage
from synthetrial.plan import Cell
from synthetrial.recipe import Recipe
from synthetrial.run.store import RunStore

RECIPE = runs.recipe("grounded-embedded", write={"best_of": 2, "critic": 3, "tilt": 0.7, "label_tilt": 1.0})
DRAFT = "\nTitle: Tolerability of tablets\nSummary:\nPatients patients patients take tablets tablets tablets."


def taught(folder: Path, *indices: int) -> tuple[list[Source], list[tuple[int, Request]]]:
    """What the cells of those places are written with, and what was asked for it, cell by cell."""
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
        return [await lessons.of(cell) for cell in runs.plan(n=24, recipe=RECIPE) if cell.index in indices]

    with RunStore.open(folder, create=True) as store:
        store.save_plan(runs.plan(n=24, recipe=RECIPE))
        return asyncio.run(learn(store)), asked


def test_words_are_tilted_by_drafts_of_which_no_record_is_made_and_the_critic_learns_from_tilted_ones(tmp_path: Path) -> None:
    (source,), asked = taught(tmp_path, 0)
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


def test_cells_share_a_tilt_and_the_same_drafts_teach_the_same_again(tmp_path: Path) -> None:
    found, asked = taught(tmp_path / "a", 0, 5, 7)
    again, _ = taught(tmp_path / "b", 7)
    assert all(each.tilts == found[0].tilts for each in found)
    assert again[0].tilts == found[2].tilts
    assert found[0].critic is found[1].critic, "twice the cells are not there yet"
    assert found[0].critic is not found[2].critic
    assert len(asked) == 3 + 3 + 6


def test_a_critic_is_taught_anew_by_twice_the_cells_and_which_ones_follows_from_the_place() -> None:
    assert [taught_by(each, 4) for each in (0, 3, 7, 8, 15, 16, 31, 32, 500)] == [4, 4, 4, 8, 8, 16, 16, 32, 32]
    assert all(taught_by(each, 4) <= max(each, 4) for each in range(100))
