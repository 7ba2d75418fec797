"""Reasons without a model: the exemplars' own sentences, ranked by how much they speak for the label.

Words are scored by log-odds with an informative Dirichlet prior (Monroe, Colaresi and Quinn 2008, "Fightin' Words", eq. 22)
between the successful and the failed trials of the training split; a sentence scores the mean of its words. The factor
comes from a lexicon, the statement from a template. Grounded by construction.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
import numpy as np

from synthetrial.reason.pointer import POINTER
from synthetrial.text import sections
from synthetrial.trial import SUCCESS, Evidence, Reason, RegistryTrial

LEXICON: Final[dict[str, tuple[str, ...]]] = {
    "safety": ("safety", "adverse", "toxicity", "tolerab", "hepatic", "renal", "bleeding", "allerg", "contraindic"),
    "enrolment": ("consent", "willing", "recruit", "enrol", "able to", "comply", "attend"),
    "dose": ("dose", "mg", "daily", "infusion", "cycle", "tablet", "titrat", "escalat"),
    "endpoint": ("rate", "change from", "score", "measured", "time to", "survival", "response", "level"),
    "population": ("aged", "years", "patients with", "diagnos", "history", "pregnan", "stage", "prior", "previous"),
    "design": ("random", "blind", "placebo", "control", "open-label", "arm", "crossover", "compar"),
    "efficacy": ("efficacy", "effective", "improve", "reduce", "benefit"),
    "operations": ("visit", "follow-up", "week", "centre", "center", "site"),
}
_PROSE: Final = ("Summary", "Arms", "Primary outcomes", "Secondary outcomes", "Eligibility", "Description")
_SENTENCE = re.compile(r"(?<=[.;])\s+|\n- |\n| \| ")
_WORD = re.compile(r"[a-z][a-z0-9-]+")
SHORTEST, LONGEST = 5, 40


class LogOdds(msgspec.Struct, frozen=True):
    """Words and their z-scores: above 0 speaks for success."""

    scores: dict[str, float]

    def of(self, sentence: str, label: int) -> float:
        """Mean z-score of the sentence's words in the direction of `label`; unknown words count 0."""
        found = _WORD.findall(sentence.casefold())
        total = sum(self.scores.get(each, 0.0) for each in found) / max(len(found), 1)
        return total if label == SUCCESS else -total


def learn(trials: Iterable[RegistryTrial]) -> LogOdds:
    """Log-odds of words between the labels of `trials` (training split), counting each word once per trial."""
    counts: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
    for each in trials:
        if each.label is not None:
            counts[each.label.value].update({word for part in _prose(each) for word in _WORD.findall(part.casefold())})
    vocabulary = sorted(counts[0].keys() | counts[1].keys())
    failed, succeeded = (np.array([side[word] for word in vocabulary], dtype=float) for side in counts)
    prior = (failed + succeeded + 0.5) / max((failed + succeeded).sum(), 1) * 100
    total = prior.sum()

    def log_odds(side: np.ndarray) -> np.ndarray:
        odds: np.ndarray = np.log((side + prior) / (side.sum() + total - side - prior))
        return odds

    spread = np.sqrt(1 / (succeeded + prior) + 1 / (failed + prior))
    z = (log_odds(succeeded) - log_odds(failed)) / spread
    return LogOdds(dict(zip(vocabulary, z.tolist(), strict=True)))


def reasons(exemplars: Sequence[RegistryTrial], label: int, log_odds: LogOdds, at_most: int) -> tuple[Reason, ...]:
    """Up to `at_most` reasons from `exemplars`, the most telling first, one per factor and sentence."""
    ranked = sorted(
        ((log_odds.of(sentence, label), each.trial_id, sentence) for each in exemplars for sentence in sentences(each)),
        key=lambda row: (-row[0], row[1], row[2]),
    )
    chosen: list[Reason] = []
    for _, trial_id, sentence in ranked:
        factor = factor_of(sentence)
        if len(chosen) < at_most and all(each.factor != factor for each in chosen):
            chosen.append(
                Reason(
                    factor=factor,
                    statement=f"Trials of this kind that {'succeed' if label == SUCCESS else 'fail'} differ in {factor}.",
                    evidence=(Evidence(trial_id=trial_id, quote=sentence),),
                    grounded=True,
                )
            )
    return tuple(chosen)


def factor_of(sentence: str) -> str:
    """The factor whose lexicon the sentence meets most often; "other" when it meets none."""
    lowered = sentence.casefold()
    hits = {factor: sum(word in lowered for word in words) for factor, words in LEXICON.items()}
    best = max(hits, key=lambda factor: hits[factor])
    return best if hits[best] else "other"


def sentences(trial: RegistryTrial) -> list[str]:
    """Sentences and list items of the trial's prose, of 5 to 40 words, without those that point at a registered trial."""
    parts = (each.strip().removeprefix("- ") for part in _prose(trial) for each in _SENTENCE.split(part))
    return list(dict.fromkeys(each for each in parts if SHORTEST <= len(each.split()) <= LONGEST and not POINTER.search(each)))


def _prose(trial: RegistryTrial) -> list[str]:
    bodies = sections(trial.protocol)
    return [bodies[name] for name in _PROSE if name in bodies]
