"""Drug classes: the MeSH branch a drug hangs on, and the stem of its international non-proprietary name (INN).

Classes serve the retrieval ladder (same drug → same class → …): two drugs with a class in common are of a kind.
"""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib.resources import files

import msgspec


class Stem(msgspec.Struct, frozen=True, kw_only=True, rename={"group": "class"}):
    """A stem ("-tinib" a suffix, "cef-" a prefix), what it tells, and whether it makes an unknown word a drug."""

    stem: str
    group: str
    recognise: bool = False

    def fits(self, word: str) -> bool:
        """Whether `word` (lower case) bears this stem and something besides."""
        bare = self.stem.strip("-")
        if len(word) < len(bare) + 2:
            return False
        return word.endswith(bare) if self.stem.startswith("-") else word.startswith(bare)


@lru_cache(1)
def stems() -> tuple[Stem, ...]:
    """The stems of `data/inn_stems.toml`, longest first."""
    text = (files("synthetrial") / "data" / "inn_stems.toml").read_text(encoding="utf-8")
    listed = msgspec.convert(tomllib.loads(text)["stem"], tuple[Stem, ...])
    return tuple(sorted(listed, key=lambda each: (-len(each.stem), each.stem)))


@lru_cache(65536)
def stem(word: str) -> Stem | None:
    """The longest stem that `word` bears, or None. A suffix such as "-aaaa" of a biologic's name is set aside."""
    bare = word.lower()
    if len(bare) > 5 and bare[-5] == "-":  # the four-letter suffixes of biologics: "adalimumab-adaz"
        bare = bare[:-5]
    return next((each for each in stems() if each.fits(bare)), None)


def classes(name: str, mesh_tree: tuple[str, ...]) -> tuple[str, ...]:
    """The classes of a drug: "mesh:…" for the parent of each of its MeSH tree numbers that lies at least three levels
    deep, and "inn:-…" for the stem of a word of its name. In order, without repeats; empty if nothing is known.
    """
    branches = [f"mesh:{parent}" for tree in mesh_tree if (parent := tree.rpartition(".")[0]).count(".") >= 2]
    borne = [f"inn:{found.stem}" for word in name.split() if (found := stem(word))]
    return tuple(dict.fromkeys((*borne, *branches)))
