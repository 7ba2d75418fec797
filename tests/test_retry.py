"""A call is tried again only where that can help, after a wait that the server may set, and not for ever."""

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthetrial.errors import ModelError, RetryableModelError
from synthetrial.retry import LONGEST_WAIT, retry_after_seconds, retrying, wait_before

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)


class Flaky:
    """Raises `errors` one after another, then answers."""

    def __init__(self, *errors):
        self.errors = list(errors)
        self.calls = 0
        self.waits = []

    async def __call__(self):
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return "answer"

    async def sleep(self, seconds):
        self.waits.append(seconds)

    def run(self, **options):
        return asyncio.run(retrying(self, sleep=self.sleep, jitter=lambda: 0.0, **options))


def test_the_first_answer_ends_it():
    call = Flaky()
    assert call.run() == "answer"
    assert (call.calls, call.waits) == (1, [])


def test_waits_double_and_follow_the_server_where_it_speaks():
    call = Flaky(RetryableModelError("a"), RetryableModelError("b", retry_after=7), RetryableModelError("c"))
    assert call.run() == "answer"
    assert call.waits == [0.25, 7, 1.0]


def test_after_the_last_attempt_the_error_says_what_was_last_said_and_what_to_do():
    call = Flaky(*(RetryableModelError(f"m: fault {number}") for number in range(9)))
    with pytest.raises(ModelError, match=r"m: fault 2 \(tried 3 times\); check that the server runs .* it goes on") as error:
        call.run(attempts=3)
    assert not isinstance(error.value, RetryableModelError)
    assert (call.calls, len(call.waits)) == (3, 2)


def test_other_errors_are_not_tried_again():
    call = Flaky(ModelError("wrong key"))
    with pytest.raises(ModelError, match=r"^wrong key$"):
        call.run()
    assert call.calls == 1


@given(st.integers(1, 60), st.none() | st.floats(0, 1e9), st.floats(0, 0.999))
def test_waits_are_bounded_and_never_shorter_than_asked(attempt, retry_after, drawn):
    wait = wait_before(attempt, retry_after, drawn)
    assert 0 <= wait <= LONGEST_WAIT
    if retry_after is not None:
        assert wait >= min(retry_after, LONGEST_WAIT)
    else:
        assert wait >= 0.25


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("3", 3.0),
        ("1.5", 1.5),
        ("-4", 0.0),
        ("nan", None),
        ("inf", 1e6),
        ("soon", None),
        ("", None),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90.0),
        (format_datetime(NOW - timedelta(seconds=90), usegmt=True), 0.0),
        ("Sun, 01 Jun 2025 12:00:05 -0000", 5.0),
    ],
)
def test_retry_after_is_read_as_seconds_or_a_date(header, seconds):
    assert retry_after_seconds(header, NOW) == seconds


def test_a_date_is_counted_from_now():
    assert retry_after_seconds(format_datetime(datetime.now(UTC) + timedelta(hours=1))) == pytest.approx(3600, abs=5)
