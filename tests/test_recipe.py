"""Recipes are data: one on a base changes what it names and nothing else, and what it changes can be listed."""

from __future__ import annotations

from pathlib import Path

import pytest

from synthetrial.errors import UsageError
from synthetrial.recipe import bundled_recipes, changes, load_recipe, recipe_from


@pytest.mark.parametrize("name", bundled_recipes())
def test_every_bundled_recipe_says_its_name_and_what_it_is(name: str) -> None:
    found = load_recipe(name)
    assert found.name == name
    assert found.about.endswith(".")


def test_the_published_variants_differ_from_it_in_what_they_are_called_after() -> None:
    published = load_recipe("published")

    def changed(name: str) -> dict[str, object]:
        return {each.key: each.now for each in changes(load_recipe(name), published)}

    assert changed("no-retrieval") == {"retrieve.policy": "any", "retrieve.shown": "none", "reason.mode": "none"}
    assert changed("no-reasoning") == {"reason.mode": "none"}
    assert changed("positive-negative") == {"retrieve.shown": "both", "reason.mode": "contrastive"}
    assert changed("mixed-head") == {"retrieve.shown": "target-last"}
    assert changed("mixed-tail") == {"retrieve.shown": "target-first"}
    assert changed("shuffled") == {"retrieve.shown": "shuffled"}


def test_a_recipe_on_a_base_changes_what_it_names_and_nothing_else() -> None:
    base = load_recipe("grounded")
    found = recipe_from({"name": "mine", "base": "grounded", "retrieve": {"k": 1}}, "mine.toml")
    assert [(each.key, each.was, each.now) for each in changes(found, base)] == [("retrieve.k", 3, 1)]
    assert found.about == base.about
    assert not list(changes(base, base))


def test_a_base_is_a_bundled_recipe_or_a_file_beside_the_recipe(tmp_path: Path) -> None:
    (tmp_path / "other.toml").write_text('base = "grounded"\nname = "other"\n[write]\ntemperature = 0.3\n')
    (tmp_path / "mine.toml").write_text('base = "other.toml"\nname = "mine"\n')
    found = load_recipe(str(tmp_path / "mine.toml"))
    assert (found.name, found.write.temperature, found.retrieve.k) == ("mine", 0.3, 3)


def test_a_base_that_rests_on_itself_is_told(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('base = "mine.toml"\nname = "mine"\n')
    with pytest.raises(UsageError, match=r"mine\.toml: its base rests on itself"):
        load_recipe(str(path))


def test_an_unknown_key_and_a_base_that_is_not_there_are_named() -> None:
    with pytest.raises(UsageError, match=r"mine: unknown key 'retrieve\.size'"):
        recipe_from({"name": "mine", "base": "grounded", "retrieve": {"size": 1}}, "mine")
    with pytest.raises(UsageError, match="no recipe named 'nowhere'"):
        recipe_from({"name": "mine", "base": "nowhere"}, "mine")


@pytest.mark.parametrize(
    ("write", "what"),
    [
        ({"critic": 4}, "mine: write: a critic chooses among drafts; set best_of to 2 or more"),
        ({"best_of": 2, "label_tilt": 1.0}, "mine: write: tilts are taught by the first cells' drafts; set critic"),
    ],
)
def test_what_would_have_no_effect_is_refused(write: dict[str, float], what: str) -> None:
    with pytest.raises(UsageError, match=f"^{what}"):
        recipe_from({"name": "mine", "base": "grounded", "write": write}, "mine")
