"""The embedded model itself: whole records, the same ones again, and killed without loss."""

from __future__ import annotations

import asyncio
import json
import signal
from pathlib import Path

import msgspec
import pytest

import runs
from synthetrial.check import ORDER
from synthetrial.llm.embedded import EmbeddedModel, available
from synthetrial.llm.model import Answer, Message, Request, Sampling
from synthetrial.llm.openai import OpenAIModel
from synthetrial.text import parse, render

pytestmark = [
    pytest.mark.embedded,
    pytest.mark.skipif(available() is not None, reason=str(available())),
]


STRICT = [each for each in ORDER if each not in ("parse", "duplicate")]
SHORT = runs.recipe("grounded-embedded", write={"exemplar_words": 60}, check={"skip": STRICT})
"""Short exemplars and no refusals, so that a record takes seconds: what is tested here is the machinery."""


class OneThread(EmbeddedModel):
    """The embedded model on one core, with a count of its calls."""

    def __init__(self) -> None:
        super().__init__(threads=1)
        self.calls = 0

    async def answer(self, request: Request) -> Answer:
        self.calls += 1
        return await super().answer(request)


def calls(folder: Path) -> list[tuple[str, str, tuple[str, ...]]]:
    """Prompt, what stood behind it, and answer of every call of a run, in order."""
    return [(each.request.prompt or "", each.request.written, each.answer.texts) for each in runs.stored(folder, "calls")]


def test_one_slot_writes_the_same_records_twice_and_they_parse_back(tmp_path: Path) -> None:
    asked = runs.config(1, model="embedded", seed=3, recipe=SHORT)
    found = []
    for name in ("a", "b"):
        assert runs.make(asked, tmp_path / name, OneThread())["accepted"] == 1
        found.append((runs.accepted(tmp_path / name), runs.stored(tmp_path / name, "cells"), calls(tmp_path / name)))
    assert found[0] == found[1]
    for trial in runs.run.trials_of(tmp_path / "a"):
        assert parse(render(trial.protocol)) == trial.protocol
        assert trial.provenance.model == "gemma-3-270m-q4_k_m-registry"


def test_a_kill_loses_nothing_and_repeats_no_finished_call(tmp_path: Path) -> None:
    asked = runs.config(4, model="embedded", seed=4, recipe=SHORT)
    with runs.child(asked, tmp_path / "run") as process:
        for line in process.stdout:
            if line == "accepted\n":
                break
        process.kill()
        process.wait()
    assert process.returncode == -signal.SIGKILL
    assert 0 < runs.stored(tmp_path / "run") < 4
    before = calls(tmp_path / "run")
    model = OneThread()
    assert runs.make(asked, tmp_path / "run", model)["accepted"] == 4
    after = calls(tmp_path / "run")
    assert after[: len(before)] == before
    assert model.calls == len(after) - len(before)
    found = runs.accepted(tmp_path / "run")
    assert len({trial_id for trial_id, _, _ in found}) == len({text for _, text, _ in found}) == 4


def test_words_are_written_more_often_or_more_seldom_but_never_those_to_avoid() -> None:
    async def ask(*tilts: tuple[tuple[str, float], ...]) -> list[str]:
        model = OneThread()
        asked = Request(seed=1, max_tokens=40, prompt="Title: Metformin in", avoid=("placebo",), n=4)
        try:
            answers = [await model.answer(msgspec.structs.replace(asked, tilt=each)) for each in tilts]
            return [" ".join(each.texts).casefold() for each in answers]
        finally:
            await model.aclose()

    plain, more, forbidden = asyncio.run(ask((), ((" diabetes", 8.0),), ((" placebo", 50.0), (" Placebo", 50.0))))
    assert more.count("diabetes") > plain.count("diabetes") + 10
    assert "placebo" not in forbidden


def test_the_chat_endpoint_of_the_embedded_server_answers_under_a_schema() -> None:
    schema = {
        "type": "object",
        "properties": {"factor": {"type": "string", "enum": ["efficacy", "safety", "enrolment"]}},
        "required": ["factor"],
        "additionalProperties": False,
    }

    async def ask() -> str:
        server = OneThread()
        client = OpenAIModel("gemma", server.base_url, api_key=None, parallel=1)
        request = Request(
            seed=1,
            max_tokens=60,
            messages=(Message("user", "Why was the trial stopped? Recruitment was slow."),),
            schema=schema,
            sampling=Sampling(temperature=0.5),
        )
        try:
            return (await client.answer(request)).texts[0]
        finally:
            await client.aclose()
            await server.aclose()

    assert set(json.loads(asyncio.run(ask()))) == {"factor"}
