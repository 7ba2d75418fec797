"""What metrics see: the synthetic set, the real sides of the split, and what is expensive, computed once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from synthetrial import text
from synthetrial.corpus.canaries import Canary
from synthetrial.evaluate.metric import UnmeasurableError
from synthetrial.evaluate.utility.settings import EncoderChoice
from synthetrial.similar import tfidf
from synthetrial.similar.embedding import Embedder, Kind, embedded, open_embedder
from synthetrial.similar.minhash import Signatures, signatures
from synthetrial.similar.spans import SpanIndex
from synthetrial.similar.tokens import Tokens
from synthetrial.similar.vector_cache import Vectors
from synthetrial.trial import Protocol, RegistryTrial, SyntheticTrial
from synthetrial.verify.teacher import Teacher

if TYPE_CHECKING:
    from synthetrial.evaluate.cloud import Cloud
    from synthetrial.evaluate.diversity.words import Words
    from synthetrial.evaluate.fidelity.design import Designs
    from synthetrial.evaluate.fidelity.neighbours import Neighbours
    from synthetrial.evaluate.privacy.copied import Copied
    from synthetrial.evaluate.privacy.distances import EvenSpace
    from synthetrial.evaluate.utility.taught import Taught

SMALL: Final = 200
"""With fewer records or test trials than this, a result says that it is small."""

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]


class Effort(msgspec.Struct, frozen=True, kw_only=True):
    """How much is resampled: training draws, bootstrap resamples, repeats of a cross-validation."""

    draws: int
    resamples: int
    repeats: int


FULL: Final = Effort(draws=20, resamples=1000, repeats=10)
QUICK: Final = Effort(draws=5, resamples=200, repeats=2)


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """Word counts of all texts by one vectoriser: rows of train, valid, test and synthetic, in that order."""

    vectoriser: Any
    counts: Any
    train: slice
    valid: slice
    test: slice
    synthetic: slice


class Inputs(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """A synthetic set and the real trials to measure it against.

    `train`, `valid` and `test` are the sides of the split; exemplars are looked up in `train`. `folds` are the teacher's
    (trial id → fold; without them nothing is weighed by a teacher). `drugs` gives the canonical drug names of real trials,
    the main one first (without it they are found by `corpus.drugs`). `unreadable` says of records that could not be read as
    protocols why not: they count as invalid. `split` describes the split (kind, seed, fingerprint). `scenario` is "share"
    where the set was made from all of `train` and a recipient has some of it. `embeddings` says which embedder is used (see
    `similar.embedding.open_embedder`). `canaries` are those of the corpus, the kept-out
    ones among them, if it is one to audit with. `others` are sets of other recipes on the same split, by name ("no-reasoning"):
    they stand beside the set in the utility table. `encoder` is one to fine-tune, if that is asked for.
    """

    run: str
    synthetic: tuple[SyntheticTrial, ...]
    train: tuple[RegistryTrial, ...]
    valid: tuple[RegistryTrial, ...]
    test: tuple[RegistryTrial, ...]
    folds: Mapping[str, int] = {}
    drugs: Mapping[str, tuple[str, ...]] | None = None
    unreadable: tuple[str, ...] = ()
    split: dict[str, object] = {}
    scenario: str = "share"
    effort: Effort = FULL
    embeddings: Kind = "auto"
    canaries: tuple[Canary, ...] = ()
    others: Mapping[str, tuple[SyntheticTrial, ...]] = {}
    encoder: EncoderChoice | None = None

    @cached_property
    def by_id(self) -> dict[str, RegistryTrial]:
        """Training trials by id."""
        return {each.trial_id: each for each in self.train}

    def exemplars(self, record: SyntheticTrial) -> tuple[RegistryTrial, ...]:
        """The training trials that `record` was made from."""
        return tuple(self.by_id[each] for each in record.provenance.exemplars if each in self.by_id)

    def need_synthetic(self) -> None:
        """Raises `UnmeasurableError` where there is no synthetic record."""
        if not self.synthetic:
            raise UnmeasurableError("no synthetic record to measure")

    def need_exemplars(self) -> None:
        """Raises `UnmeasurableError` where records do not say what they were made from."""
        self.need_synthetic()
        if without := sum(not self.exemplars(each) for each in self.synthetic):
            raise UnmeasurableError(f"{without} of {len(self.synthetic)} records name no exemplar (a set without provenance)")

    @cached_property
    def texts(self) -> dict[str, str]:
        """The rendering of every record and trial, by id."""
        real = {each.trial_id: text.render(each.protocol) for each in (*self.train, *self.valid, *self.test)}
        return real | {each.id: text.render(each.protocol) for each in self.synthetic}

    @cached_property
    def tokens(self) -> Tokens:
        """The words of every text, split once."""
        return Tokens(remember=True)

    @cached_property
    def synthetic_labels(self) -> Numbers:
        """The labels asked for, by record."""
        return np.array([each.label for each in self.synthetic], dtype=np.int64)

    @cached_property
    def counted(self) -> Counted:
        """Word counts of every text. Raises ValueError where no text holds a word."""
        ids = [each.trial_id for each in (*self.train, *self.valid, *self.test)] + [each.id for each in self.synthetic]
        vectoriser, counts = tfidf.counter([self.texts[each] for each in ids], self.tokens)
        ends = np.cumsum([len(self.train), len(self.valid), len(self.test), len(self.synthetic)]).tolist()
        return Counted(
            vectoriser=vectoriser, counts=counts, train=slice(0, ends[0]), valid=slice(ends[0], ends[1]),
            test=slice(ends[1], ends[2]), synthetic=slice(ends[2], ends[3]),
        )  # fmt: skip

    @cached_property
    def row(self) -> dict[str, int]:
        """The row of each record and trial in `counted`, by id."""
        trials = (*self.train, *self.valid, *self.test)
        return {each: number for number, each in enumerate([*(t.trial_id for t in trials), *(s.id for s in self.synthetic)])}

    @cached_property
    def protocols(self) -> tuple[Protocol, ...]:
        """Every protocol, rows as in `row`."""
        real = (each.protocol for each in (*self.train, *self.valid, *self.test))
        return (*real, *(each.protocol for each in self.synthetic))

    @cached_property
    def clusters(self) -> tuple[str, ...]:
        """The drug by which every trial and record is resampled, rows as in `row`."""
        return (*self.real_clusters((*self.train, *self.valid, *self.test)), *self.synthetic_clusters)

    @cached_property
    def embedder(self) -> Embedder:
        """Turns protocols into vectors; where it has to be fitted, on training trials alone."""
        return open_embedder((each.protocol for each in self.train), self.embeddings, self.tokens)

    def embed(self, protocols: Iterable[Protocol]) -> Vectors:
        """The vectors of protocols, those of `vectors` or others: protocols × dimensions, rows of unit length."""
        return embedded(self.embedder, protocols)

    @cached_property
    def vectors(self) -> Vectors:
        """The vector of every trial and record, rows as in `row`."""
        return self.embed(self.protocols)

    @cached_property
    def cloud(self) -> Cloud:
        """Vectors that place training trials, held-out trials and records alike: for fidelity and diversity."""
        from synthetrial.evaluate.cloud import cloud

        return cloud(self)

    @cached_property
    def designs(self) -> Designs:
        """The design of every trial and record as categories and numbers, rows as in `row`."""
        from synthetrial.evaluate.fidelity.design import designs

        return designs(self.protocols)

    @cached_property
    def neighbours(self) -> Neighbours:
        """Who is near to whom among records and real trials in equal numbers."""
        from synthetrial.evaluate.fidelity.neighbours import neighbours

        return neighbours(self)

    @cached_property
    def synthetic_rows(self) -> slice:
        """The rows of the records, numbers as in `row`."""
        real = len(self.train) + len(self.valid) + len(self.test)
        return slice(real, real + len(self.synthetic))

    @cached_property
    def words(self) -> Words:
        """The words written into every trial and record, as numbers, rows as in `row`."""
        from synthetrial.evaluate.diversity.words import words

        return words(self.protocols)

    @cached_property
    def signatures(self) -> Signatures:
        """MinHash signatures of all renderings, rows as in `row`."""
        return signatures(text.render(each) for each in self.protocols)

    @cached_property
    def even(self) -> EvenSpace:
        """A space that knows training and held-out trials alike: for questions of who is near to whom."""
        from synthetrial.evaluate.privacy.distances import even_space

        return even_space(self)

    @cached_property
    def spans(self) -> SpanIndex:
        """The shared spans of the training trials."""
        return SpanIndex([each.trial_id for each in self.train], (each.protocol for each in self.train))

    @cached_property
    def copied(self) -> Copied:
        """What records share word for word with real trials."""
        from synthetrial.evaluate.privacy.copied import copied

        return copied(self)

    @cached_property
    def teacher(self) -> Teacher | None:
        """The cross-fitted teacher of the run; None without folds."""
        return Teacher.fit(self.train, self.folds, self.tokens) if self.folds else None

    @cached_property
    def taught(self) -> Taught | None:
        """What the teacher says of every side; None without folds."""
        from synthetrial.evaluate.utility.taught import taught

        return taught(self)

    @cached_property
    def with_labels(self) -> Inputs:
        """These inputs with labelled trials only."""
        kept = {side: labelled(getattr(self, side)) for side in ("train", "valid", "test")}
        if all(len(kept[side]) == len(getattr(self, side)) for side in kept):
            return self
        return msgspec.structs.replace(self, **kept)

    @cached_property
    def record_folds(self) -> Numbers | None:
        """The teacher's fold of each record, by its first exemplar; None where one is unknown."""
        folds = [self.folds.get(each.provenance.exemplars[0]) if each.provenance.exemplars else None for each in self.synthetic]
        known = [each for each in folds if each is not None]
        return np.array(known, dtype=np.int64) if len(known) == len(folds) else None

    @cached_property
    def trial_drugs(self) -> Mapping[str, tuple[str, ...]]:
        """The canonical drug names of each real trial, the main one first."""
        if self.drugs is not None:
            return self.drugs
        from synthetrial.corpus.drugs import trial_drugs

        trials = (*self.train, *self.valid, *self.test)
        return {each.trial_id: tuple(drug.name for drug in trial_drugs(each.protocol)) for each in trials}

    def real_clusters(self, trials: tuple[RegistryTrial, ...]) -> list[str]:
        """The main drug of each of `trials`: resampled together. A trial without a known drug stands alone."""
        return [next(iter(self.trial_drugs.get(each.trial_id, ())), each.trial_id) for each in trials]

    @cached_property
    def synthetic_clusters(self) -> list[str]:
        """The planned drug of each record: resampled together. A record without a plan stands alone."""
        return [planned_drug(each) or each.id for each in self.synthetic]


def planned_drug(record: SyntheticTrial) -> str | None:
    """The drug that the plan asked for, if the record says."""
    drug = record.provenance.plan.get("drug")
    return drug if isinstance(drug, str) and drug else None


def planned_names(record: SyntheticTrial) -> tuple[str, ...]:
    """The planned drug and the synonyms that count as it: those of the plan, else those of `corpus.drugs`."""
    drug = planned_drug(record)
    if drug is None:
        return ()
    names = record.provenance.plan.get("names", ())
    others = [each for each in names if isinstance(each, str)] if isinstance(names, list | tuple) else []
    return tuple(dict.fromkeys([drug, *others])) if others else names_of(drug)


def names_of(drug: str) -> tuple[str, ...]:
    """The spellings that count as `drug` being named."""
    from synthetrial.corpus.drugs import synonyms

    return synonyms(drug)


def labelled(trials: tuple[RegistryTrial, ...]) -> tuple[RegistryTrial, ...]:
    """Those of `trials` that have a label."""
    return tuple(each for each in trials if each.label is not None)


def labels_of(trials: tuple[RegistryTrial, ...]) -> Numbers:
    """The labels of labelled `trials`."""
    return np.array([each.label.value for each in trials if each.label is not None], dtype=np.int64)


def small(n: int) -> dict[str, object]:
    """{"small": …} in words where `n` is under `SMALL`, else nothing: to be put into details."""
    return {"small": f"n = {n}: an order of magnitude, not a measurement"} if n < SMALL else {}


def written(protocol: Protocol) -> tuple[str, ...]:
    """The texts in which a writer names the drug: titles, summary, arms."""
    arms = (part for arm in protocol.arms for part in (arm.label, arm.description, *arm.intervention_names))
    parts = (protocol.brief_title, protocol.official_title, protocol.brief_summary, *arms)
    return tuple(each for each in parts if each)
