"""canary-inference: can planted records be told from ones that were kept out, by the synthetic set alone?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from synthetrial.corpus.canaries import Canary
from synthetrial.evaluate.inputs import Inputs, small
from synthetrial.evaluate.metric import InapplicableError, MetricResult, UnmeasurableError, metric
from synthetrial.evaluate.privacy.attacks import Floats, Numbers, Target, Told, result, scores, told
from synthetrial.similar.spans import SEED, SpanIndex, words

NAME: Final[str] = "canary-inference"
MARKER: Final[str] = "marker"
LEAST: Final = 10


@metric(
    NAME,
    "ROC-AUC of the strongest of four attacks that tell planted canaries from ones that were kept out.",
    low=0, high=1, direction="lower", cost="seconds",
)  # fmt: skip
def canary_inference(inputs: Inputs, rng: np.random.Generator) -> MetricResult:
    """For runs on a corpus that `synthetrial canary plant` made (Meeus et al., "The Canary's Echo", ICML 2025).

    The attacks of `membership-inference`, and the share of a canary's marker that stands in the set in runs of 6 words.
    Members are all planted canaries, whether or not they became exemplars; `exemplars` tells those that did from all that were
    kept out. A coin decided which of a pair was planted, so 0.5 is exact where nothing leaks. Reference: kept-out canaries with
    a random half of them taken for planted. Intervals resample pairs. Raises `InapplicableError` where the corpus has no
    canaries, `UnmeasurableError` where they are not in the training split.
    """
    inputs.need_synthetic()
    if not inputs.canaries:
        raise InapplicableError("the corpus holds no canaries (`synthetrial canary plant` makes one that does)")
    planted = [each for each in inputs.canaries if each.planted]
    if lost := [each.id for each in planted if each.id not in inputs.by_id]:
        raise UnmeasurableError(
            f"{len(lost)} planted canaries are not in the training split ({lost[0]}, …): plant them anew, and keep that split"
        )
    kept = [each for each in inputs.canaries if not each.planted]
    if min(len(planted), len(kept)) < LEAST:
        raise UnmeasurableError(f"{len(planted)} canaries planted and {len(kept)} kept out: {LEAST} of each are needed")
    found = attack_scores(inputs, [*planted, *kept])
    attacks = _attacked(found, np.arange(len(found[MARKER])), len(planted), [*planted, *kept], inputs, rng)
    used = {each for record in inputs.synthetic for each in record.provenance.exemplars}
    shown = [number for number, each in enumerate(planted) if each.id in used]
    out = np.arange(len(planted), len(planted) + len(kept))
    drawn = rng.permutation(out)
    reference = _attacked(found, drawn, len(kept) // 2, [*planted, *kept], inputs, rng)
    among = {"n": len(shown), "attacks": None if len(shown) < LEAST else {
        name: each.auc
        for name, each in _attacked(
            found, np.concatenate([shown, out]).astype(np.int64), len(shown), [*planted, *kept], inputs, rng
        ).items()
    }}  # fmt: skip
    return result(
        attacks,
        reference,
        len(planted) + len(kept),
        {
            "planted": len(planted),
            "kept_out": len(kept),
            "exemplars": among,
            "lowest_fpr": 1 / len(kept),
            "embedder": inputs.even.name,
            "reference": "kept-out canaries, a random half of them taken for planted",
            **small(len(planted) + len(kept)),
        },
    )


def attack_scores(inputs: Inputs, canaries: list[Canary]) -> dict[str, Floats]:
    """The score of each canary by attack."""
    hidden = frozenset(each.id for each in inputs.canaries)
    targets = [Target(each.id, each.protocol) for each in canaries]
    index = SpanIndex([each.id for each in inputs.synthetic], (each.protocol for each in inputs.synthetic))
    marked = np.array([_marked(words(each.marker), index) for each in canaries])
    return {**scores(inputs, targets, without=hidden), MARKER: marked}


def _marked(marker: Sequence[str], index: SpanIndex) -> float:
    """The share of a marker's runs of `SEED` words that stand in any record."""
    starts, lengths, _ = index.matches(marker)
    places = {
        start + step for start, size in zip(starts.tolist(), lengths.tolist(), strict=True) for step in range(size - SEED + 1)
    }
    return len(places) / max(1, len(marker) - SEED + 1)


def _attacked(
    found: dict[str, Floats], rows: Numbers, first: int, canaries: list[Canary], inputs: Inputs, rng: np.random.Generator
) -> dict[str, Told]:
    """How well each attack tells the `first` of `rows` from the rest of them."""
    members = np.array([1] * first + [0] * (len(rows) - first), dtype=np.int64)
    pairs = [str(canaries[each].pair) for each in rows]
    strata = np.zeros(len(rows), dtype=np.int64)
    return {name: told(each[rows], members, strata, pairs, inputs, rng) for name, each in found.items()}
