"""Money, tokens and minutes end a run in one line, with everything kept, and the run goes on from there."""

import pytest

from faults_server import serve
from runs import accepted, config, make, served, stored
from synthetrial.errors import UsageError
from synthetrial.generate.limits import LimitError, Limits
from synthetrial.llm.prices import Price

PRICES = '[models."scripted"]\nprompt = 1.0\ncompletion = 4.0\n'


def test_tokens_end_a_run_that_then_goes_on_to_the_same_records(tmp_path):
    with serve() as server:
        whole = make(config(n=16), tmp_path / "whole", served(server))
        most = (whole["prompt_tokens"] + whole["completion_tokens"]) // 2
        with pytest.raises(LimitError, match=rf"--max-tokens {most} was reached .* of 16 records are in .*raise the limit"):
            make(config(n=16, max_tokens=most), tmp_path / "cut", served(server))
        assert 0 < stored(tmp_path / "cut") < 16
        spent = stored(tmp_path / "cut", "counts")
        in_flight = 4 * 2 * (whole["prompt_tokens"] + whole["completion_tokens"]) / whole["calls"]
        assert most <= spent["prompt_tokens"] + spent["completion_tokens"] < most + 2 * in_flight
        make(config(n=16), tmp_path / "cut", served(server))
    assert accepted(tmp_path / "cut") == accepted(tmp_path / "whole")


def test_money_counts_over_sittings_and_needs_a_price(tmp_path):
    prices = tmp_path / "prices.toml"
    prices.write_text(PRICES)
    with serve() as server:
        with pytest.raises(UsageError, match=r"--max-cost: no price is known for scripted; .*--prices"):
            make(config(n=32, max_cost=1), tmp_path / "none", served(server))
        whole = make(config(n=32, prices=str(prices)), tmp_path / "whole", served(server))
        assert whole["cost"] == pytest.approx((whole["prompt_tokens"] + 4 * whole["completion_tokens"]) / 1e6)
        limit = whole["cost"] / 2
        with pytest.raises(LimitError, match=r"--max-cost .* was reached \(calls cost \$0\."):
            make(config(n=32, prices=str(prices), max_cost=limit), tmp_path / "cut", served(server))
        calls = server.count
        with pytest.raises(LimitError):
            make(config(n=32, prices=str(prices), max_cost=limit), tmp_path / "cut", served(server))
        assert server.count == calls


def test_minutes_count_from_the_beginning_of_a_sitting():
    now = [0.0]
    spent = {"cost": None, "prompt_tokens": 0, "completion_tokens": 0}
    limits = Limits(config(deadline=2), spent, Price(prompt=0, completion=0), clock=lambda: now[0])
    now[0] = 119
    assert limits.reached() is None
    now[0] = 121
    assert limits.reached() == "--deadline 2 was reached (after 2.0 minutes)"
