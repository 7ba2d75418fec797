"""Money: dated prices, one's own before the bundled ones, and nothing where nothing is known."""

import pytest

from synthetrial.errors import UsageError
from synthetrial.llm.model import Usage
from synthetrial.llm.prices import Price, cost, load_prices, price_of

USAGE = Usage(prompt_tokens=3_000_000, cached_tokens=1_000_000, completion_tokens=500_000)


def test_every_bundled_price_is_dated_and_has_a_source():
    prices = load_prices()
    assert "gpt-4.1-mini" in prices
    for each in prices.values():
        assert each.date is not None
        assert each.source
        assert 0 <= (each.cached or 0) <= each.prompt <= each.completion


def test_a_call_costs_its_tokens():
    assert cost(USAGE, Price(prompt=2, cached=0.5, completion=8)) == 2 * 2 + 0.5 + 4
    assert cost(USAGE, Price(prompt=2, completion=8)) == 3 * 2 + 4
    assert cost(USAGE, None) is None


def test_a_dated_name_has_the_price_of_the_name_without_its_date():
    prices = load_prices()
    assert price_of("gpt-4o-2024-08-06", "openai", prices) == prices["gpt-4o"]
    assert price_of("gpt-4o-mini", "openai", prices) == prices["gpt-4o-mini"]
    assert price_of("somebody-elses-model", "openai", prices) is None
    assert cost(USAGE, price_of("gemma", "llama.cpp", prices)) == 0


def test_ones_own_prices_go_first(tmp_path):
    path = tmp_path / "prices.toml"
    path.write_text('[models."gpt-4o"]\nprompt = 1\ncompletion = 2\n[models.mine]\nprompt = 0.1\ncompletion = 0.2\n')
    prices = load_prices(str(path))
    assert prices["gpt-4o"] == Price(prompt=1, completion=2)
    assert {"mine", "gpt-4.1"} <= prices.keys()


@pytest.mark.parametrize(
    "text", ["not toml =", "[models.x]\nprompt = 1\n", "[models.x]\nprompt = 'a'\ncompletion = 1\n", "[m]\n"]
)
def test_a_file_with_other_things_says_so(tmp_path, text):
    path = tmp_path / "prices.toml"
    path.write_text(text)
    with pytest.raises(UsageError, match=str(path)):
        load_prices(str(path))
    with pytest.raises(UsageError, match="cannot be read"):
        load_prices(str(tmp_path / "none.toml"))
