"""The loopback server counts what it is asked and plays what it is told, so that other tests can rest on it."""

import asyncio
import json
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

import faults_server
from faults_server import serve
from synthetrial.llm.model import Request
from synthetrial.llm.openai import OpenAIModel
from synthetrial.llm.scripted import ScriptedModel


def ask(base_url, count):
    """`count` different prompts at once."""

    async def run():
        model = OpenAIModel("scripted", base_url, api_key=None, parallel=64, sleep=lambda seconds: asyncio.sleep(0))
        requests = [Request(seed=each, max_tokens=20, prompt=f"Title: zinc {each}") for each in range(count)]
        answers = await asyncio.gather(*map(model.answer, requests))
        await model.aclose()
        return [each.texts for each in answers]

    return asyncio.run(run())


def test_answers_over_the_wire_are_those_of_the_model():
    with serve() as server:
        over_wire = ask(server.base_url, 5)

    async def run():
        return [
            (await ScriptedModel().answer(Request(seed=i, max_tokens=20, prompt=f"Title: zinc {i}"))).texts for i in range(5)
        ]

    assert over_wire == asyncio.run(run())


def test_requests_are_counted_and_told_apart_by_their_bodies():
    with serve(latency=(0.01, 0.02)) as server:
        ask(server.base_url, 20)
        ask(server.base_url, 20)
        stats = server.stats()
    assert (stats["count"], stats["answered"], stats["repeated"], stats["in_flight"]) == (40, 40, 20, 0)
    assert len(stats["bodies"]) == 20
    assert 1 < stats["peak"] <= 20


def test_a_spoiled_model_fails_over_the_wire_too():
    with serve(ScriptedModel(faults={"retryable": 0.5}), script={1: "429"}) as server:
        assert len(ask(server.base_url, 3)) == 3
        assert server.count > 3


def test_models_are_listed():
    with serve() as server, urllib.request.urlopen(f"{server.base_url}/models") as answer:
        assert json.load(answer)["data"][0]["id"] == "scripted"


def test_unknown_faults_are_refused():
    with pytest.raises(ValueError, match="gremlins"), serve(faults={"gremlins": 1}):
        pass


def test_it_runs_by_itself():
    command = [sys.executable, faults_server.__file__, "--port", "0", "--fault", "429=0.5", "--latency", "0", "0.001"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path("/")) as process:
        url = process.stdout.readline().strip()
        ask(url, 3)
        with urllib.request.urlopen(url.replace("/v1", "/stats")) as answer:
            stats = json.load(answer)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
    assert stats["answered"] == 3
    assert stats["count"] >= 3
