"""Terms and licences: what is known is said, and none is ever made up."""

import pytest

from synthetrial.errors import UsageError
from synthetrial.export.terms import GEMMA, hub_licence, named_licence, writers_terms
from synthetrial.llm.embedded import GEMMA_NAME


def test_the_embedded_models_output_comes_under_gemmas_terms():
    said = writers_terms(GEMMA_NAME, "llama.cpp, synthetrial 0.1.0")
    assert "Gemma Terms of Use" in said
    assert GEMMA in said


def test_an_apis_output_comes_under_its_providers_terms():
    assert "provider's terms" in writers_terms("gpt-4.1-mini", "openai, synthetrial 0.1.0")
    both = writers_terms("gemma-3-27b-it", "openai, synthetrial 0.1.0")
    assert "Gemma Terms of Use" in both
    assert "provider's terms" in both


def test_other_weights_have_a_licence_of_their_own():
    assert "licence of the weights of qwen3" in writers_terms("qwen3", "llama.cpp, synthetrial 0.1.0")


def test_the_scripted_engine_is_no_model():
    assert writers_terms("scripted", "scripted, synthetrial 0.1.0") is None


@pytest.mark.parametrize(
    ("given", "keys"),
    [
        (None, {"license": "unknown"}),
        ("CC-BY-4.0", {"license": "cc-by-4.0"}),
        ("ODC-By-1.0", {"license": "odc-by"}),
        ("GPL-3.0-or-later", {"license": "gpl-3.0"}),
        ("Our Own Terms, v2", {"license": "other", "license_name": "our-own-terms-v2"}),
        (
            "https://example.org/terms",
            {"license": "other", "license_name": "example.org-terms", "license_link": "https://example.org/terms"},
        ),
        ("条款", {"license": "other", "license_name": "other"}),
    ],
)
def test_a_licence_becomes_the_keys_that_the_hub_knows(given, keys):
    assert hub_licence(named_licence(given)) == keys


def test_an_empty_licence_is_none_that_one_could_give():
    with pytest.raises(UsageError, match="--licence is empty"):
        named_licence(" \n ")
