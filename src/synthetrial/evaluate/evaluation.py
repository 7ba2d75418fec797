"""Evaluate a synthetic set: every metric on the same inputs, each with its own random numbers."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec

from synthetrial import notebook
from synthetrial.errors import UsageError
from synthetrial.evaluate.computing import NOT_ASKED, compute, compute_in_two, family, large
from synthetrial.evaluate.inputs import QUICK, Inputs
from synthetrial.evaluate.metric import Metric, MetricResult, metrics, rounded
from synthetrial.evaluate.refusal import refuse_leaks


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured. Serialised by `to_json` as `evaluation.json`.

    `skipped` says for each metric that was not computed why not; those in `failed` could not be, the others were not asked for.
    """

    run: str
    split: dict[str, object]
    metrics: dict[str, MetricResult]
    refused: tuple[str, ...] = ()
    skipped: dict[str, str] = {}
    failed: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, object]:
        """{"run", "split", "metrics": {name: {"value", "ci_low", "ci_high", "n", "reference", "details"}}, "refused",
        "skipped"}: JSON values only, floats rounded."""
        return {
            "run": self.run,
            "split": rounded(self.split),
            "metrics": {name: rounded(msgspec.structs.asdict(each)) for name, each in self.metrics.items()},
            "refused": list(self.refused),
            "skipped": dict(self.skipped),
        }

    def to_json(self) -> bytes:
        """`to_dict` as indented UTF-8 JSON; the same bytes for the same inputs, seed and machine."""
        return msgspec.json.format(msgspec.json.encode(self.to_dict()), indent=2) + b"\n"

    def to_pandas(self) -> Any:
        """A `pandas.DataFrame` with a row per metric that was measured: its value, 95 % interval, the same on real data
        (`reference`), records, which way is better, and its meaning. Raises `MissingExtraError` without pandas."""
        from synthetrial.evaluate.table import BETTER

        known = {each.name: each for each in metrics()}
        return notebook.frame(
            (
                {
                    "metric": name,
                    "value": each.value,
                    "ci_low": each.ci_low,
                    "ci_high": each.ci_high,
                    "reference": each.reference,
                    "n": each.n,
                    "better": BETTER[known[name].direction],
                    "meaning": known[name].meaning,
                }
                for name, each in self.metrics.items()
            ),
            "metric",
        )

    def _repr_html_(self) -> str:
        from synthetrial.evaluate.table import rows
        from synthetrial.evaluate.verdict import verdict

        header = ("metric", "value", "95 % interval", "real trials", "n", "better", "meaning")
        return notebook.paragraphs(verdict(self)) + notebook.table(f"[SYNTHETIC] run {self.run}", rows(self), header)


def evaluate(
    inputs: Inputs, *, only: Collection[str] = (), skip: Collection[str] = (), seed: int = 0, quick: bool = False
) -> Evaluation:
    """Compute the metrics on `inputs`: all, those of `only`, or all but those of `skip`.

    A name may be a metric's or the family's it belongs to ("fidelity", "privacy", "utility", "leaks"). `quick` takes fewer
    draws and resamples. A metric that cannot be computed is in `skipped` with the reason, and the others still are. A large set
    is measured by two processes, with the same result. Raises
    `RefusedError` where the exemplars meet held-out trials, `UsageError` for an unknown name.
    """
    known = metrics()
    wanted = chosen(known, only, skip)
    if quick:
        inputs = msgspec.structs.replace(inputs, effort=QUICK)
    refuse_leaks(inputs)
    found = compute_in_two(inputs, wanted, seed) if large(inputs) else compute(inputs, wanted, seed)
    skipped = {each.name: NOT_ASKED for each in known if each not in wanted}
    return Evaluation(
        run=inputs.run, split=inputs.split, metrics=found.results, skipped=skipped | found.skipped, failed=found.failed
    )


def chosen(known: Collection[Metric], only: Collection[str], skip: Collection[str]) -> tuple[Metric, ...]:
    """The metrics that `only` and `skip` leave, by name or family. Raises `UsageError` naming the first unknown one."""
    names = {each.name for each in known} | {family(each) for each in known}
    for name in (*only, *skip):
        if name not in names:
            raise UsageError(f"no metric or family {name!r}: one of {', '.join(sorted(names))}")
    return tuple(
        each
        for each in known
        if (not only or {each.name, family(each)} & set(only)) and not {each.name, family(each)} & set(skip)
    )
