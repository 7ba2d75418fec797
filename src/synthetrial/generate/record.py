"""An accepted candidate as a synthetic trial with its provenance."""

from __future__ import annotations

import msgspec

from synthetrial import __version__
from synthetrial.generate.workbench import Workbench
from synthetrial.generate.written import Written
from synthetrial.plan import Cell
from synthetrial.recipe import Recipe
from synthetrial.run.records import CandidateKey
from synthetrial.seeds import short_id
from synthetrial.trial import Protocol, Provenance, SyntheticTrial, today
from synthetrial.verify.teacher import p_label, weight


def synthetic_trial(
    bench: Workbench,
    recipe: Recipe,
    seed: int,
    engine: str,
    cell: Cell,
    key: CandidateKey,
    written: Written,
    protocol: Protocol,
) -> SyntheticTrial:
    """The record that `written` becomes; its id follows from split, run seed, place in the run and text."""
    likely = None
    if bench.teacher is not None:
        likely = round(p_label(bench.teacher.p_success(protocol, cell.fold), cell.label), 6)
    verify = recipe.verify
    return SyntheticTrial(
        id=f"SYN-{short_id(bench.split.fingerprint, seed, *key, written.text)}",
        protocol=protocol,
        label=cell.label,
        reasons=written.reasons,
        provenance=Provenance(
            cell=cell.index,
            attempt=key.attempt,
            index=key.sample,
            exemplars=(*cell.exemplars, *cell.contrast),
            rung=cell.rung,
            plan={
                "drug": cell.drug,
                "round": cell.round,
                "fold": cell.fold,
                "design": msgspec.to_builtins(cell.design),
                "shape": msgspec.to_builtins(cell.shape),
            },
            recipe=recipe.name,
            prompt_version=written.prompt_version,
            model=written.model,
            engine=f"{engine}, synthetrial {__version__}",
            sampling=written.sampling,
            seed=written.seed,
            date=today(),
            prompt_tokens=written.usage.prompt_tokens,
            completion_tokens=written.usage.completion_tokens,
            checks=("all",),
            weight=None
            if likely is None
            else round(weight(likely, "weight" if verify.mode == "filter" else verify.mode, verify.power), 6),
            p_label=likely,
        ),
    )
