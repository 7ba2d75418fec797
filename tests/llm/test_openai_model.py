"""The OpenAI-compatible engine against a real server on loopback, well and unwell."""

import asyncio
import base64
import json
import socket

import msgspec
import pytest

from faults_server import serve
from synthetrial.errors import ModelError, RetryableModelError, UsageError
from synthetrial.llm.model import Answer, Message, Request, Sampling, Usage
from synthetrial.llm.openai import OpenAIModel
from synthetrial.llm.openai_wire import read_completion, refusal

KEY = "sk-very-secret-0123456789"
SCHEMA = {"title": "Reasons", "type": "object", "properties": {"reasons": {"type": "array"}}}
EXEMPLAR = """<<<EXEMPLAR 1: RECORD-1
Title: Zinc in Colds
Summary:
Zinc tablets are given every morning to adults with a cold.
>>>
"""
CHAT = Request(seed=5, max_tokens=300, messages=(Message("system", "Be brief."), Message("user", EXEMPLAR)), schema=SCHEMA)
PLAIN = Request(seed=5, max_tokens=300, messages=(Message("user", EXEMPLAR),))
PROMPT = Request(
    seed=2**40 + 7, max_tokens=20, prompt="Title: zinc lozenges against colds", grammar='root ::= "x"', stop=("\n\n",)
)


class Asked:
    """A model on `server`, and how long it waited between its attempts."""

    def __init__(self, base_url, **options):
        self.waits = []
        told = {"api_key": KEY, "parallel": 4, "timeout": 20, "sleep": self.sleep, "clock": lambda: sum(self.waits)}
        self.model = OpenAIModel("small", base_url, **(told | options))

    async def sleep(self, seconds):
        self.waits.append(seconds)

    def answers(self, *requests):
        async def run():
            try:
                return [await self.model.answer(each) for each in requests]
            finally:
                await self.model.aclose()

        return asyncio.run(run())

    def error(self, request=CHAT):
        with pytest.raises(ModelError) as error:
            self.answers(request)
        assert not isinstance(error.value, RetryableModelError)
        assert "\n" not in str(error.value)
        assert KEY not in str(error.value)
        return str(error.value)


def test_a_chat_answer_comes_with_its_tokens():
    with serve() as server:
        (answer,) = Asked(server.base_url).answers(CHAT)
    assert json.loads(answer.texts[0])["reasons"]
    assert answer.finish == ("stop",)
    assert answer.model == "scripted"
    assert answer.usage.prompt_tokens > 20
    assert answer.usage.completion_tokens > 20
    assert 0 < answer.seconds < 20
    assert server.headers["authorization"] == f"Bearer {KEY}"


def test_the_request_goes_out_as_the_protocol_has_it():
    request = Request(
        seed=2**33 + 5,
        max_tokens=300,
        n=2,
        messages=CHAT.messages,
        schema=SCHEMA,
        stop=("END",),
        sampling=Sampling(temperature=0.5, top_p=0.9, extra={"min_p": 0.05}),
    )
    with serve() as server:
        (answer,) = Asked(server.base_url).answers(request)
        assert server.last == {
            "model": "small",
            "n": 2,
            "seed": 5,
            "max_tokens": 300,
            "temperature": 0.5,
            "top_p": 0.9,
            "stop": ["END"],
            "min_p": 0.05,
            "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": EXEMPLAR}],
            "response_format": {"type": "json_schema", "json_schema": {"name": "Reasons", "strict": True, "schema": SCHEMA}},
        }
        assert server.requests[0].path == "/v1/chat/completions"
    assert len(answer.texts) == len(answer.finish) == 2
    assert answer.texts[0] != answer.texts[1]


def test_a_completion_carries_prompt_and_grammar():
    with serve() as server:
        (answer,) = Asked(server.base_url, mode="completion").answers(PROMPT)
        assert server.requests[0].path == "/v1/completions"
        assert {key: server.last[key] for key in ("prompt", "grammar", "seed", "stop")} == {
            "prompt": PROMPT.prompt,
            "grammar": PROMPT.grammar,
            "seed": 7,
            "stop": ["\n\n"],
        }
    assert answer.texts[0].strip()


def test_without_a_key_none_is_sent_not_even_the_one_of_the_environment(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-another-service")
    with serve() as server:
        Asked(server.base_url, api_key=None).answers(CHAT)
    assert "sk-of-another-service" not in str(server.headers)


def test_credentials_in_the_url_go_before_the_key():
    with serve() as server:
        Asked(server.base_url.replace("//", "//user:word@")).answers(CHAT)
        assert server.headers["authorization"] == f"Basic {base64.b64encode(b'user:word').decode()}"


def test_a_proxy_of_the_environment_is_used_where_it_is_asked_for(monkeypatch):
    with serve() as server:
        monkeypatch.setenv("http_proxy", server.base_url.removesuffix("/v1"))
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        Asked("http://model.invalid/v1").answers(CHAT)
        assert server.requests[0].path == "http://model.invalid/v1/chat/completions"
        Asked(server.base_url).answers(CHAT)
        assert server.requests[1].path == "/v1/chat/completions"


def test_the_key_is_in_no_repr():
    model = Asked("http://localhost:1/v1").model
    asyncio.run(model.aclose())  # nothing was opened, and nothing needs closing
    assert KEY not in repr(model)
    assert KEY not in str(model)


def test_a_server_that_gives_one_sample_is_asked_again():
    with serve(faults={"one-sample": 1}) as server:
        (answer,) = Asked(server.base_url).answers(msgspec.structs.replace(PROMPT, n=3))
        assert server.count == 3
    assert len(set(answer.texts)) == 3


# --- faults that pass --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    ["429", "500", "503", "html200", "html502", "garbage", "nothing", "empty", "reset", "truncated", "429-wait", "429-date"],
)
def test_a_fault_that_passes_costs_a_retry(fault):
    with serve(script={0: fault, 1: fault}) as server:
        asked = Asked(server.base_url)
        (answer,) = asked.answers(CHAT)
        assert [each.done for each in server.requests] == [fault, fault, "answered"]
    assert len(asked.waits) == 2
    assert json.loads(answer.texts[0])["reasons"]


@pytest.mark.parametrize(
    ("fault", "least", "most"), [("429", 0, 0), ("429-wait", 7, 8.75), ("429-date", 60, 60), ("503", 0.25, 0.5)]
)
def test_the_wait_is_what_the_server_asks_for_within_bounds(fault, least, most):
    with serve(script={0: fault}) as server:
        asked = Asked(server.base_url)
        asked.answers(CHAT)
    assert least <= asked.waits[0] <= most


def test_a_server_that_stalls_is_given_up_and_asked_again():
    with serve(script={0: "stall"}) as server:
        asked = Asked(server.base_url, timeout=0.3)
        asked.answers(CHAT)
        assert server.count == 2
    assert len(asked.waits) == 1


def test_a_retry_repeats_the_very_same_request():
    with serve(script={0: "500", 1: "reset"}) as server:
        Asked(server.base_url).answers(CHAT)
        assert len(server.bodies) == 1


def test_many_calls_at_once_all_come_home_through_a_storm_of_faults():
    faults = {"429": 0.15, "500": 0.1, "reset": 0.1, "truncated": 0.1, "garbage": 0.1}
    with serve(faults=faults, latency=(0.0, 0.005)) as server:
        asked = Asked(server.base_url, parallel=32, attempts=30)

        async def run():
            requests = [msgspec.structs.replace(PROMPT, seed=each) for each in range(60)]
            answers = await asyncio.gather(*map(asked.model.answer, requests))
            await asked.model.aclose()
            return answers

        answers = asyncio.run(run())
        done = {each.done for each in server.requests}
        assert server.peak > 4
    assert len({each.texts for each in answers}) == 60
    assert {"answered", "429", "500", "reset", "truncated", "garbage"} <= done


# --- faults that stay --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("500", "HTTP 500: internal error"),
        ("html502", r"HTTP 502: an HTML page (502 Bad Gateway)"),
        ("html200", "not an answer but an HTML page (502 Bad Gateway)"),
        ("garbage", 'not an answer but {"choices": [{"mess'),
        ("nothing", "not an answer but an empty body"),
        ("empty", "an answer without any choice"),
        ("reset", "no connection ("),
        ("truncated", "no connection ("),
    ],
)
def test_a_fault_that_stays_ends_in_one_line(fault, said):
    with serve(faults={fault: 1}) as server:
        message = Asked(server.base_url, attempts=3).error()
        assert server.count == 3
        assert f"small at {server.base_url}: {said}" in message
    assert "tried 3 times" in message
    assert "run the same command again" in message


def test_a_server_that_never_answers_ends_in_one_line():
    with serve(faults={"stall": 1}) as server:
        assert "no answer within 0.2 s (tried 2 times)" in Asked(server.base_url, timeout=0.2, attempts=2).error()


def test_a_refused_connection_ends_in_one_line():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://user:{KEY}@127.0.0.1:{free.getsockname()[1]}/v1"
    message = Asked(url, attempts=2).error()
    assert message.startswith(f"small at {url.replace(f'user:{KEY}@', '')}: no connection (")


@pytest.mark.parametrize(
    ("fault", "way_out"),
    [("401", "--api-key-env"), ("404", "check --model and --base-url"), ("quota", "top it up"), ("400", "context length")],
)
def test_what_no_retry_can_mend_is_said_at_once(fault, way_out):
    with serve(faults={fault: 1}) as server:
        asked = Asked(server.base_url)
        message = asked.error(PLAIN)
        assert server.count == 1
    assert way_out in message
    assert asked.waits == []


def test_a_key_that_the_server_sends_back_is_not_shown():
    model = OpenAIModel("small", "http://localhost:1/v1", api_key=KEY, parallel=1)
    error = model._refused(401, None, json.dumps({"error": {"message": f"Incorrect API key provided: {KEY}"}}).encode())
    assert "Incorrect API key provided: [key]; check the key" in str(error)


@pytest.mark.parametrize(("status", "retryable"), [(403, False), (408, True), (409, True), (418, False), (529, True)])
def test_statuses_are_sorted_into_passing_and_staying(status, retryable):
    model = OpenAIModel("small", "http://localhost:1/v1", api_key=None, parallel=1)
    assert isinstance(model._refused(status, None, b"no"), RetryableModelError) is retryable


@pytest.mark.parametrize("url", ["localhost:8000/v1", "ftp://host/v1", "http://", "", "http://[::1/v1", "http://host:port/v1"])
def test_a_base_url_that_is_none_is_wrong_usage(url):
    with pytest.raises(UsageError, match="http://localhost:8000/v1"):
        OpenAIModel("small", url, api_key=KEY, parallel=1)


# --- what servers do not take ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lacks", "calls", "form"), [("no-json-schema", 2, {"type": "json_object"}), ("no-response-format", 3, None)]
)
def test_a_server_without_schemas_is_told_the_schema_and_remembered(lacks, calls, form):
    with serve(faults={lacks: 1}) as server:
        asked = Asked(server.base_url)

        async def run():
            first = await asked.model.answer(CHAT)
            assert server.count == calls
            await asked.model.answer(CHAT)
            await asked.model.aclose()
            return first

        answer = asyncio.run(run())
        assert server.count == calls + 1
        assert server.last.get("response_format") == form
        assert '"title":"Reasons"' in server.last["messages"][-1]["content"]
    assert json.loads(answer.texts[0])["reasons"]
    assert asked.waits == []


def test_a_server_with_another_name_for_the_token_limit_gets_that():
    with serve(faults={"no-max-tokens": 1}) as server:
        Asked(server.base_url).answers(CHAT, PLAIN)
        assert server.count == 3
        assert server.last["max_completion_tokens"] == 300
        assert "max_tokens" not in server.last


def test_a_fault_of_another_kind_keeps_the_schema():
    with serve(faults={"400": 1}) as server:
        asked = Asked(server.base_url)

        async def run():
            with pytest.raises(ModelError, match="HTTP 400: the context is too long"):
                await asked.model.answer(CHAT)
            server.set(faults={})
            await asked.model.answer(CHAT)
            await asked.model.aclose()

        asyncio.run(run())
        assert server.last["response_format"]["type"] == "json_schema"


# --- odd answers -------------------------------------------------------------------------------------------------------


class Fixed:
    """A server-side model that always says the same."""

    name = "fixed"

    def __init__(self, finish, usage):
        self.result = Answer(texts=("x",), finish=(finish,), usage=usage, seconds=0.0, model="fixed-1")

    async def answer(self, request):
        return self.result


@pytest.mark.parametrize(("finish", "read"), [("length", "length"), ("content_filter", "stop"), ("stop", "stop")])
def test_finish_reasons_are_stop_or_length(finish, read):
    usage = Usage(prompt_tokens=100, completion_tokens=9, cached_tokens=80)
    with serve(Fixed(finish, usage)) as server:
        (answer,) = Asked(server.base_url).answers(PLAIN)
    assert (answer.finish, answer.usage, answer.model) == ((read,), usage, "fixed-1")


def test_answers_may_lack_what_is_optional():
    answer = read_completion(
        b'{"choices": [{"message": {"content": null}}, {"text": "t"}], "usage": {"prompt_tokens_details": {}}}'
    )
    assert [each.said for each in answer.choices] == ["", "t"]
    assert answer.usage is not None
    assert answer.usage.cached == 0


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "an empty body"),
        (b'{"error": {"message": "too\\nlong"}}', "too long"),
        (b'{"error": "down"}', "down"),
        (b'{"detail": [{"msg": "x"}]}', '{"detail": [{"msg": "x"}]}'),
        (b"<html><body>x", "an HTML page"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b"y" * 500, "y" * 200 + "…"),
    ],
)
def test_what_a_server_says_becomes_a_line(body, said):
    assert refusal(body) == said
