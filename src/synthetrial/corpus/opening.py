"""The corpus and the split that a run works on, by name."""

from __future__ import annotations

from pathlib import Path

from synthetrial.corpus import split as splits
from synthetrial.corpus.demo import demo_corpus
from synthetrial.corpus.draft import SPLIT
from synthetrial.corpus.manifest import read_manifest
from synthetrial.corpus.split import Split
from synthetrial.corpus.store import Corpus, load_corpus
from synthetrial.errors import CorpusError


def open_corpus(name: str | None, *, allow_synthetic: bool = False) -> Corpus:
    """The corpus in the folder `name`; the bundled demo corpus for None. Raises `CorpusError`, `RefusedError`."""
    return demo_corpus() if name is None else load_corpus(Path(name), allow_synthetic=allow_synthetic)


def split_of(corpus: Corpus) -> Split:
    """The split written beside the corpus; a corpus without one gets a random one with seed 0, written beside it."""
    if corpus.path is None:
        return splits.make(corpus.trials, "random", seed=0)
    return stored_split(corpus.path, allow_synthetic=corpus.synthetic)


def stored_split(folder: Path, *, allow_synthetic: bool = False) -> Split:
    """The split of the corpus in `folder`; made as above where there is none. Raises `CorpusError` for one of another state."""
    path = folder / SPLIT
    if path.is_file():
        split = splits.read(path)
        if split.corpus not in (None, read_manifest(folder).fingerprint):
            raise CorpusError(f"{path} divides another state of this corpus; run: synthetrial corpus split {folder}")
        return split
    split = splits.of_corpus(folder, "random", seed=0, allow_synthetic=allow_synthetic)
    splits.write(split, path)
    return split
