"""How many calls go out at once finds its own level; a server that asks for rest gets it, one that is dead is left alone."""

from __future__ import annotations

import asyncio
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthetrial.errors import ModelError, RetryableModelError
from synthetrial.llm.throttle import BREAK, PROBES, START, Throttle


class Server:
    """A server that can do `room` calls at once and refuses the others; time is simulated, so nothing waits."""

    def __init__(self, room: int, most: int = 64, **options):
        self.room, self.now = room, 0.0
        self.running = self.peak = self.refused = self.served = 0
        self.slept: list[float] = []
        self.down = False
        self.throttle = Throttle(most, sleep=self.sleep, clock=lambda: self.now, **options)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)

    async def call(self) -> str:
        if self.down:
            raise RetryableModelError("down")
        if self.running >= self.room:
            self.refused += 1
            await asyncio.sleep(0)
            raise RetryableModelError("busy", overload=True)
        self.running += 1
        self.peak = max(self.peak, self.running)
        for _ in range(5):
            await asyncio.sleep(0)
        self.running -= 1
        self.served += 1
        return "answer"

    async def calls(self, count: int) -> list[str | BaseException]:
        return await asyncio.gather(*(self.throttle.run(self.call) for _ in range(count)), return_exceptions=True)


def test_without_an_overload_the_level_grows_to_all_that_is_allowed():
    server = Server(room=1000, most=64)
    assert asyncio.run(server.calls(500)) == ["answer"] * 500
    assert server.peak == 64
    assert server.throttle.level == 64


def test_it_begins_low():
    server = Server(room=1000, most=64)
    asyncio.run(server.calls(START))
    assert server.peak == START


def test_a_small_server_is_not_pressed_for_long():
    server = Server(room=10, most=200, attempts=100)
    assert asyncio.run(server.calls(3000)) == ["answer"] * 3000
    assert server.throttle.level < 30
    assert server.refused < 0.5 * server.served


def test_faults_that_do_not_speak_of_load_leave_the_level_alone():
    server, dice = Server(room=1000, most=64), random.Random(0)

    async def flaky() -> str:
        if dice.random() < 0.15:
            raise RetryableModelError("reset")
        return await server.call()

    async def run() -> None:
        await asyncio.gather(*(server.throttle.run(flaky) for _ in range(500)))

    asyncio.run(run())
    assert server.throttle.level == 64


def test_when_one_call_is_told_to_wait_all_do():
    server, told = Server(room=1000), []

    async def call() -> str:
        if not told:
            told.append(server.now)
            raise RetryableModelError("later", retry_after=7, overload=True)
        assert server.now >= 7
        return "answer"

    async def run() -> None:
        await asyncio.gather(*(server.throttle.run(call) for _ in range(20)))

    server.throttle.level = 1
    asyncio.run(run())


def test_a_dead_server_is_asked_by_one_call_at_a_time_and_then_given_up():
    server = Server(room=1000)
    server.down = True
    found = asyncio.run(server.calls(64))
    errors = [each for each in found if isinstance(each, ModelError)]
    assert len(errors) == 64
    assert any("in a row" in str(each) and "run the same command again" in str(each) for each in errors)
    assert not any(isinstance(each, RetryableModelError) for each in errors)
    assert server.now > 10


def test_a_server_that_comes_back_is_found_again():
    server = Server(room=1000)
    server.down = True
    tried = []

    async def call() -> str:
        tried.append(server.now)
        server.down = len(tried) < BREAK + PROBES - 2
        return await server.call()

    async def run() -> list[str]:
        return await asyncio.gather(*(server.throttle.run(call) for _ in range(64)))

    assert asyncio.run(run()) == ["answer"] * 64
    assert server.throttle.running == 0


def test_an_error_that_no_retry_mends_stops_at_once():
    server = Server(room=1000)

    async def call() -> str:
        raise ModelError("wrong key")

    with pytest.raises(ModelError, match=r"^wrong key$"):
        asyncio.run(server.throttle.run(call))
    assert not server.slept
    assert server.throttle.running == 0


def test_requests_and_tokens_a_minute_are_kept():
    async def run() -> tuple[float, float]:
        loop = asyncio.get_running_loop()

        async def call() -> float:
            return loop.time()

        began = loop.time()
        rated = Throttle(64, requests=60 * 200)  # 200 a second, bursts of 1,000
        found = await asyncio.gather(*(rated.run(call) for _ in range(1100)))
        weighed = Throttle(64, tokens=60 * 100_000)
        spent = await asyncio.gather(*(weighed.run(call, 60 * 100_000 // 100) for _ in range(102)))
        return max(found) - began, max(spent) - max(found)

    requests, tokens = asyncio.run(run())
    assert requests > 0.3  # 100 more than the burst, at 200 a second
    assert tokens > 0.5  # one percent of a minute's more than the burst


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 30), min_size=1, max_size=60), st.integers(1, 8), st.integers(0, 9))
def test_a_call_that_is_cancelled_gives_its_place_to_the_next(waits, most, every):
    async def run() -> None:
        throttle = Throttle(most)

        async def call(turns: int) -> str:
            for _ in range(turns):
                await asyncio.sleep(0)
            return "answer"

        tasks = [asyncio.create_task(throttle.run(lambda each=each: call(each))) for each in waits]
        for number, task in enumerate(tasks):
            await asyncio.sleep(0)
            if every and number % every == 0:
                task.cancel()
        done = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(each == "answer" or isinstance(each, asyncio.CancelledError) for each in done)
        assert throttle.running == 0
        assert await throttle.run(lambda: call(0)) == "answer"

    asyncio.run(run())


def test_a_restart_that_fails_all_calls_under_way_is_lived_through():
    server = Server(room=1000, most=64)
    assert asyncio.run(server.calls(200)) == ["answer"] * 200
    failed = 0

    async def cut() -> str:  # all 64 are under way when the server goes down
        nonlocal failed
        for _ in range(5):
            await asyncio.sleep(0)
        if failed < 64:
            failed += 1
            raise RetryableModelError("disconnected")
        return "answer"

    async def run() -> list[str]:
        return await asyncio.gather(*(server.throttle.run(cut) for _ in range(64)))

    assert asyncio.run(run()) == ["answer"] * 64
    assert failed == 64
