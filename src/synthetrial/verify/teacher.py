"""The teacher: is the label that was asked for the label that was written?

TF-IDF of words and pairs of words (sublinear) and logistic regression with balanced classes, one model per fold, each
fitted on the labelled training trials of the *other* folds. A record made from exemplars of fold f is judged by model f,
which saw none of them: cross-fitting keeps the teacher from recognising its own pupils. Everything goes through `text.render`.

The weights follow METHOD.md, "verify and weigh": p(label | text) to the power of 3 by default.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple, get_args

import numpy as np
import numpy.typing as npt

from synthetrial import text
from synthetrial.errors import CorpusError, UsageError
from synthetrial.similar import tfidf
from synthetrial.similar.tokens import Tokens
from synthetrial.trial import Protocol, RegistryTrial
from synthetrial.verify.threads import one_thread

Floats = npt.NDArray[np.float64]
Mode = Literal["weight", "filter", "relabel", "dimp", "none"]

MODES: Final[tuple[Mode, ...]] = get_args(Mode)
POWER: Final = 3.0


class FoldModel(NamedTuple):
    """The model of a fold: term weights, coefficients per term, intercept. A prior has coefficients of 0."""

    terms: Floats
    coefficients: Floats
    intercept: float


class Teacher:
    """p(success | text) by fold. Made by `Teacher.fit`; `notes` says in words where a fold fell back to its prior."""

    def __init__(self, vectoriser: Any, models: Mapping[int, FoldModel], notes: Sequence[str]) -> None:
        self._vectoriser = vectoriser
        self._models = dict(models)
        self.notes = tuple(notes)

    @classmethod
    def fit(cls, train: Sequence[RegistryTrial], folds: Mapping[str, int], tokens: Tokens | None = None) -> Teacher:
        """One model per fold of `folds` (trial id → fold), fitted on the labelled trials of the other folds.

        Unlabelled trials teach nothing. Where the other folds hold one label only, that fold's model is the share of
        successes among them, smoothed by one trial of each label, and `notes` says so. `tokens` may be shared with others
        that split the same texts. Raises `CorpusError` where no trial is labelled, where a labelled one has no fold, or where
        no text holds a word.
        """
        labelled = [each for each in train if each.label is not None]
        if not labelled:
            raise CorpusError("the training split holds no labelled trial: the teacher needs labels (corpus build --labels)")
        if lost := [each.trial_id for each in labelled if each.trial_id not in folds]:
            raise CorpusError(f"{len(lost)} training trials have no fold ({', '.join(lost[:3])}): split the corpus again")
        try:
            vectoriser, counts = tfidf.counter([text.render(each.protocol) for each in labelled], tokens)
        except ValueError as error:
            raise CorpusError(f"the teacher found no word in {len(labelled)} training trials: {error}") from error
        labels = np.array([each.label.value for each in labelled if each.label is not None])
        fold = np.array([folds[each.trial_id] for each in labelled])
        models: dict[int, FoldModel] = {}
        notes = []
        for each in sorted(set(folds.values())):
            rows = np.flatnonzero(fold != each)
            if len(set(labels[rows].tolist())) < 2:
                share = float((labels[rows].sum() + 1) / (len(rows) + 2))
                empty = np.zeros(counts.shape[1])
                models[each] = FoldModel(empty, empty, float(np.log(share / (1 - share))))
                notes.append(f"fold {each}: {len(rows)} training trials outside it, not of both labels; prior {share:.2f} used")
            else:
                models[each] = _fit(counts[rows], labels[rows])
        return cls(vectoriser, models, notes)

    def p_success(self, protocol: Protocol, fold: int) -> float:
        """p(success | text) of `protocol` by the model that saw nothing of `fold`. Raises `UsageError` for an unknown fold."""
        model = self._model(fold)
        columns, counts = self._vectoriser.of(text.render(protocol))
        values = (1 + np.log(counts)) * model.terms[columns]
        length = float(np.sqrt(values @ values)) or 1.0
        margin = float(values @ model.coefficients[columns]) / length + model.intercept
        return float(1 / (1 + np.exp(-margin)))

    def p_success_all(self, protocols: Sequence[Protocol], folds: Sequence[int]) -> Floats:
        """`p_success` of each of `protocols` with the fold beside it."""
        return self.p_success_texts([text.render(each) for each in protocols], folds)

    def p_success_texts(self, texts: Sequence[str], folds: Sequence[int]) -> Floats:
        """`p_success` of renderings, for those who have rendered them already."""
        result = np.zeros(len(texts))
        if not len(texts):
            return result
        counts = self._vectoriser.transform(texts)
        asked = np.asarray(folds)
        for each in sorted(set(folds)):
            model = self._model(each)
            rows = np.flatnonzero(asked == each)
            margins = tfidf.transform(counts[rows], model.terms) @ model.coefficients + model.intercept
            result[rows] = 1 / (1 + np.exp(-margins))
        return result

    def _model(self, fold: int) -> FoldModel:
        if fold not in self._models:
            raise UsageError(f"the teacher knows no fold {fold}: it was fitted with folds {sorted(self._models)}")
        return self._models[fold]

    def p_success_by_fold(self, texts: Sequence[str]) -> Floats:
        """`p_success` of each of `texts` by every model (folds in ascending order × texts), for trials that have no fold."""
        if not len(texts):
            return np.zeros((len(self._models), 0))
        counts = self._vectoriser.transform(texts)
        models = [self._models[each] for each in sorted(self._models)]
        margins = [tfidf.transform(counts, each.terms) @ each.coefficients + each.intercept for each in models]
        result: Floats = 1 / (1 + np.exp(-np.stack(margins)))
        return result


class Weighed(NamedTuple):
    """Labels to train on and a weight for each record."""

    labels: npt.NDArray[np.int64]
    weights: Floats


def p_label(p_success: float, label: int) -> float:
    """p(label | text) from p(success | text)."""
    return p_success if label == 1 else 1 - p_success


def weight(p_label: float, mode: Mode = "weight", power: float = POWER) -> float:
    """The training weight of one record whose asked-for label the teacher gives probability `p_label`.

    "weight" gives `p_label` ** `power`, "dimp" `p_label`; "none" and "relabel" give 1. "filter" compares with the other
    records: `weigh`.
    """
    if mode == "dimp":
        return float(p_label)
    if mode == "weight":
        return float(p_label**power)
    if mode in ("none", "relabel"):
        return 1.0
    raise UsageError(
        f"no weight of a single record in mode {mode!r}: 'filter' needs the whole set, see weigh(); modes: {', '.join(MODES)}"
    )


def weigh(p_success: Sequence[float] | Floats, labels: Sequence[int], mode: Mode = "weight", power: float = POWER) -> Weighed:
    """Labels and weights of a set of records.

    "weight": p(label | text) ** `power`. "filter": 1 at or above the median of p(label | text) among the records of the same
    label, else 0. "relabel": the label that the teacher finds likelier (distillation, to be reported under that name), weight
    1. "dimp" (Kuo et al. 2025, ICLR, "Not all LLM-generated data are equal"): p(label | text), which the model in training
    divides by its own probability of the label, again and again. "none": as asked for, weight 1.
    """
    if mode not in MODES:
        raise UsageError(f"unknown teacher mode {mode!r}: one of {', '.join(MODES)}")
    asked = np.asarray(labels, dtype=np.int64)
    success = np.asarray(p_success, dtype=np.float64)
    likely = np.where(asked == 1, success, 1 - success)
    if mode == "weight":
        return Weighed(asked, likely**power)
    if mode == "relabel":
        return Weighed((success >= 0.5).astype(np.int64), np.ones(len(asked)))
    if mode == "dimp":
        return Weighed(asked, likely)
    weights = np.ones(len(asked))
    if mode == "filter":
        for each in set(asked.tolist()):
            rows = asked == each
            weights[rows] = likely[rows] >= np.median(likely[rows])
    return Weighed(asked, weights)


def _fit(counts: Any, labels: npt.NDArray[np.int64]) -> FoldModel:
    from sklearn.linear_model import LogisticRegression

    terms = tfidf.fit_weights(counts)
    model = LogisticRegression(class_weight="balanced", max_iter=1000)
    with one_thread():
        model.fit(tfidf.transform(counts, terms), labels)
    return FoldModel(terms, model.coef_[0].astype(np.float64), float(model.intercept_[0]))
