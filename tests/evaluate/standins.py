"""Stand-ins for a run on the demo corpus: the synthetic records are made in the test, so that what is wrong is known."""

from __future__ import annotations

import functools
import random
from collections.abc import Callable, Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from synthetrial.check.design import design_of
from synthetrial.corpus import split
from synthetrial.corpus.demo import demo_corpus
from synthetrial.evaluate.inputs import Effort, Inputs
from synthetrial.evaluate.metric import MetricResult
from synthetrial.similar.embedding import Embedder
from synthetrial.trial import Evidence, Protocol, Provenance, Reason, RegistryTrial, SyntheticTrial

EFFORT = Effort(draws=4, resamples=100, repeats=2)


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def reference(result: MetricResult) -> float:
    """That of a result which must have one."""
    assert result.reference is not None
    return result.reference


@functools.cache
def sides() -> tuple[tuple[RegistryTrial, ...], ...]:
    """Train, valid and test of the demo corpus."""
    trials = demo_corpus().trials
    made = split.make(trials)
    return tuple(split.side(made, trials, each) for each in split.SIDES)


@functools.cache
def folds() -> dict[str, int]:
    return split.folds(sides()[0], 5)


@functools.cache
def drugs() -> dict[str, tuple[str, ...]]:
    from synthetrial.corpus.drugs import trial_drugs

    return {t.trial_id: tuple(d.name for d in trial_drugs(t.protocol)) for t in demo_corpus().trials}


def by_id() -> dict[str, RegistryTrial]:
    return {each.trial_id: each for each in sides()[0]}


def record(
    number: int, protocol: Protocol, label: int, exemplars: Sequence[RegistryTrial], reasons: tuple[Reason, ...] = ()
) -> SyntheticTrial:
    names = drugs().get(exemplars[0].trial_id, ()) if exemplars else ()
    return SyntheticTrial(
        id=f"SYN-{number:010d}",
        protocol=protocol,
        label=label,
        reasons=reasons,
        provenance=Provenance(
            cell=number, attempt=0, index=0, exemplars=tuple(each.trial_id for each in exemplars), rung="drug",
            plan=plan(protocol, names[:1]), recipe="test", prompt_version="1",
            model="stand-in", engine="none", sampling={}, seed=number, date="2024-01-01",
        ),
    )  # fmt: skip


def plan(protocol: Protocol, drug: Sequence[str]) -> dict[str, object]:
    """What would have been planned for `protocol`."""
    named: dict[str, object] = {"drug": drug[0], "names": list(drug)} if drug else {}
    return named | {"design": msgspec.to_builtins(design_of(protocol))}


def inputs(records: Sequence[SyntheticTrial], **changes: object) -> Inputs:
    train, valid, test = sides()
    made = Inputs(
        run="stand-in", synthetic=tuple(records), train=train, valid=valid, test=test, folds=folds(), drugs=drugs(),
        split={"kind": "random", "seed": 0, "fingerprint": "f"}, effort=EFFORT, embeddings="lexical",
    )  # fmt: skip
    return msgspec.structs.replace(made, **changes)


@functools.cache
def _fitted() -> Embedder:
    return inputs(()).embedder


def embedded(made: Inputs) -> Inputs:
    """`made` with the embedder of the demo corpus's training trials, fitted once."""
    made.__dict__["embedder"] = _fitted()
    return made


def label(trial: RegistryTrial) -> int:
    assert trial.label is not None
    return trial.label.value


def copies(n: int | None = None) -> list[SyntheticTrial]:
    """The training set itself, each trial its own exemplar."""
    train = sides()[0]
    return [record(i, each.protocol, label(each), [each]) for i, each in enumerate(train[:n])]


def shuffled(seed: int = 0) -> list[SyntheticTrial]:
    """The training set with the words of every summary and criteria in random order."""
    rng = random.Random(seed)

    def jumble(text: str | None) -> str | None:
        words = (text or "").replace("\n", " ").split()
        rng.shuffle(words)
        return " ".join(words) or None

    def jumbled(p: Protocol) -> Protocol:
        e = msgspec.structs.replace(p.eligibility, criteria=jumble(p.eligibility.criteria))
        return msgspec.structs.replace(p, brief_summary=jumble(p.brief_summary), eligibility=e)

    return [record(i, jumbled(each.protocol), label(each), [each]) for i, each in enumerate(sides()[0])]


def held_out() -> list[SyntheticTrial]:
    """Real trials that nobody trained on, in the place of synthetic ones, planned with their own drug; exemplars are training
    trials of one fold and their label, those of their drug where there are any."""
    train, valid, test = sides()
    rng = random.Random(1)
    made = []
    for i, each in enumerate((*valid, *test)):
        same = [t for t in train if drugs()[t.trial_id][:1] == drugs()[each.trial_id][:1]]
        fold = folds()[same[0].trial_id] if same else i % 5
        pool = [t for t in train if folds()[t.trial_id] == fold and label(t) == label(each)]
        own = record(i, each.protocol, label(each), rng.sample(pool, 3))
        drug = drugs()[each.trial_id][:1]
        made.append(
            msgspec.structs.replace(own, provenance=msgspec.structs.replace(own.provenance, plan=plan(each.protocol, drug)))
        )
    return made


def repeated() -> list[SyntheticTrial]:
    """One training trial over and over, as often as there are held-out trials."""
    one = sides()[0][0]
    return [record(i, one.protocol, label(one), [one]) for i, _ in enumerate(held_out())]


def off_topic() -> list[SyntheticTrial]:
    """Records about nothing that real trials are about, in words that they use."""
    words = ["study", "of", "the", "with", "and", "in", "to", "for", "a"]
    return changed(
        held_out(),
        lambda each: Protocol(brief_title=" ".join(words[(each.provenance.cell + at) % len(words)] for at in range(6))),
    )


def narrow() -> list[SyntheticTrial]:
    """Held-out trials that all name one condition, have a single word for a summary and no criteria."""
    nothing = Protocol(brief_title="x").eligibility
    return changed(
        held_out(),
        lambda each: msgspec.structs.replace(
            each.protocol, conditions=("Flat feet",), brief_summary="zymurgy", eligibility=nothing
        ),
    )


def wordless() -> list[SyntheticTrial]:
    """Records without a word or a condition."""
    return changed(copies(20), lambda each: Protocol(brief_title="!"))


def changed(records: Sequence[SyntheticTrial], change: Callable[[SyntheticTrial], Protocol]) -> list[SyntheticTrial]:
    return [msgspec.structs.replace(each, protocol=change(each)) for each in records]


def reason(trial: RegistryTrial, quote: str) -> Reason:
    return Reason(factor="design", statement="s", evidence=(Evidence(trial_id=trial.trial_id, quote=quote),), grounded=True)


def np_labels(trials: Sequence[RegistryTrial]) -> npt.NDArray[np.int64]:
    return np.array([label(each) for each in trials], dtype=np.int64)
