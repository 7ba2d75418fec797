"""What was answered once is not asked again; what differs in anything is; and a cache that is broken is no error."""

import asyncio

import msgspec
import pytest

from faults_server import serve
from runs import config, make, stored
from synthetrial.llm.cache import AnswerCache, CachedModel, open_cache, sample_key
from synthetrial.llm.model import Message, Request, Sampling
from synthetrial.llm.opening import open_model
from synthetrial.llm.scripted import ScriptedModel

REQUEST = Request(seed=1, max_tokens=20, prompt="Title: zinc lozenges against colds")


class Counting(ScriptedModel):
    """A scripted model that counts its calls."""

    calls = 0

    async def answer(self, request):
        self.calls += 1
        return await super().answer(request)


@pytest.fixture
def cache(tmp_path):
    opened = AnswerCache(tmp_path / "deep" / "answers.sqlite")
    yield opened
    opened.close()


def asked(model, *requests):
    async def run():
        return [await model.answer(each) for each in requests]

    return asyncio.run(run())


def test_the_second_time_the_answer_is_the_first_ones(cache):
    inner = Counting()
    model = CachedModel(inner, cache, "here")
    first, second = asked(model, REQUEST, REQUEST)
    assert inner.calls == 1
    assert not first.cache_hit
    assert second == msgspec.structs.replace(first, cache_hit=True)


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 2},
        {"max_tokens": 21},
        {"prompt": "Title: zinc"},
        {"written": " and"},
        {"messages": (Message("user", "x"),)},
        {"stop": ("x",)},
        {"grammar": 'root ::= "x"'},
        {"schema": {"title": "x"}},
        {"avoid": ("x",)},
        {"tilt": ((" x", 0.5),)},
        {"sampling": Sampling(temperature=0.5)},
        {"sampling": Sampling(extra={"min_p": 0.05})},
    ],
)
def test_what_is_asked_otherwise_is_asked_anew(change):
    other = msgspec.structs.replace(REQUEST, **change)
    assert sample_key("a", "m", "e", other, 0) != sample_key("a", "m", "e", REQUEST, 0)


def test_another_endpoint_model_engine_or_sample_is_another_answer():
    keys = {
        sample_key(*each)
        for each in [
            ("a", "m", "e", REQUEST, 0), ("b", "m", "e", REQUEST, 0), ("a", "n", "e", REQUEST, 0),
            ("a", "m", "f", REQUEST, 0), ("a", "m", "e", REQUEST, 1),
        ]
    }  # fmt: skip
    assert len(keys) == 5


def test_samples_are_kept_one_by_one(cache):
    inner = Counting()
    model = CachedModel(inner, cache, "here")
    many, fewer, more = asked(model, *(msgspec.structs.replace(REQUEST, n=n) for n in (3, 2, 4)))
    assert fewer.texts == many.texts[:2]
    assert fewer.cache_hit
    assert inner.calls == 2  # the fourth sample was not there
    assert len(more.texts) == 4
    (again,) = asked(model, msgspec.structs.replace(REQUEST, n=4))
    assert (again.texts, again.usage) == (more.texts, more.usage)


def test_a_run_made_again_costs_no_call_and_gives_the_same_records(tmp_path):
    asked_for = config(n=12)
    with serve() as server:

        def make_in(folder):
            model = open_model("scripted", base_url=server.base_url, parallel=4, cache=True)
            return make(asked_for, folder, model)

        first = make_in(tmp_path / "one")
        calls = server.count
        second = make_in(tmp_path / "two")
        assert server.count == calls
    assert first["cache_hits"] == 0
    assert second["cache_hits"] == second["calls"] == first["calls"]
    assert (second["prompt_tokens"], second["cost"]) == (0, 0.0)
    texts = [[(each.id, each.protocol, each.provenance.prompt_tokens) for each in stored(tmp_path / each, "trials")]
             for each in ("one", "two")]  # fmt: skip
    assert texts[0] == texts[1]


def test_stats_and_prune(cache):
    asked(CachedModel(ScriptedModel(), cache, "here"), REQUEST, msgspec.structs.replace(REQUEST, n=2, seed=5))
    found = cache.stats()
    assert found.samples == {"scripted": 3}
    assert found.bytes > 0
    assert found.oldest is not None
    assert cache.prune(days=1) == 0
    assert cache.prune(days=0) == 3
    assert cache.stats().samples == {}


def test_a_cache_that_cannot_be_opened_is_left_out(answers):
    answers.write_bytes(b"no database at all, but long enough to be looked at as one" * 40)
    assert open_cache() is None
    assert not isinstance(open_model("m", base_url="http://127.0.0.1:9/v1", cache=True), CachedModel)


def test_a_damaged_answer_is_asked_again(cache):
    inner = Counting()
    model = CachedModel(inner, cache, "here")
    asked(model, REQUEST)
    cache._connection.execute("UPDATE answers SET answer = x'00'")
    (answer,) = asked(model, REQUEST)
    assert inner.calls == 2
    assert not answer.cache_hit
