"""From a folder of fetched studies to a corpus: built from it, or brought up to date with what it does not have yet."""

from __future__ import annotations

from pathlib import Path

from synthetrial.corpus.build import BuildResult, build, update
from synthetrial.corpus.fetch.folder import read_state, round_folders
from synthetrial.corpus.manifest import MANIFEST, read_manifest, source_file
from synthetrial.corpus.reading import Watch
from synthetrial.errors import FetchError


def into_corpus(folder: Path, corpus: Path, *, watch: Watch = lambda read, total, records: None) -> BuildResult | None:
    """Make the corpus from the folder's studies where there is none, else give it the rounds that it was not made from; None if
    there are none of these.

    Raises `FetchError` where nothing was fetched, `CorpusError` as `build` and `update`.
    """
    state = read_state(folder)
    rounds = round_folders(folder, state) if state else ()
    if not (Path(corpus) / MANIFEST).exists():
        if not rounds:
            raise FetchError(f"{folder} holds no studies: there is nothing to make the corpus {corpus} from")
        return build(rounds, corpus, watch=watch)
    known = set(read_manifest(corpus).sources)
    waiting = [each for each in rounds if source_file(each) not in known]
    return update(waiting, corpus, watch=watch) if waiting else None
