"""Runs and records for the tests of what is handed out."""

import contextlib
import sqlite3

import msgspec

from runs import config, make
from shown_run import accept
from synthetrial.evaluate.evaluation import evaluate
from synthetrial.evaluate.from_run import inputs_of
from synthetrial.export.handout import Handout
from synthetrial.run.files import write_whole
from synthetrial.run.store import RunStore
from synthetrial.trial import Evidence, Protocol, Provenance, Reason, SyntheticTrial

EXEMPLAR, QUOTE = "NCT01234567", "stopped early for slow accrual"


def trial(protocol=None, number=1, *, label=1, drug="metformin", **made):
    """A record made from the exemplar `EXEMPLAR`, of which it quotes `QUOTE`."""
    return SyntheticTrial(
        id=f"SYN-{number:010}",
        protocol=protocol or Protocol(brief_title="Metformin in adults", conditions=("Diabetes", "Obesity")),
        label=label,
        reasons=(
            Reason(
                factor="enrolment",
                statement="Accrual was slow.",
                evidence=(Evidence(trial_id=EXEMPLAR, quote=QUOTE),),
                grounded=True,
            ),
        ),
        provenance=Provenance(
            **{
                "cell": 0, "attempt": 0, "index": 0, "exemplars": (EXEMPLAR,), "rung": "drug", "plan": {"drug": drug},
                "recipe": "grounded", "prompt_version": "chat-write.v3", "model": "scripted",
                "engine": "scripted, synthetrial 0.1.0", "sampling": {"temperature": 1.0}, "seed": 7, "date": "2026-01-02",
                "weight": 0.5, "p_label": 0.75,
            } | made
        ),
    )  # fmt: skip


class Held:
    """Some records in the place of a store."""

    def __init__(self, *trials):
        self.held = trials

    def trials(self):
        yield from self.held


def handout(*trials, full=False, salt="salt"):
    """Records as they are handed out, without a run behind them."""
    return Handout("held", Held(*trials), len(trials), salt, full)


def run_of(folder, *trials):
    """A run in `folder` that holds just these records."""
    with RunStore.open(folder, create=True) as store:
        for number, each in enumerate(trials):
            accept(store, each, number)
    return folder


def demo_run(folder, n=24):
    """A finished run of the scripted model on the demo corpus."""
    make(config(n, cache=False), folder)
    return folder


def measure(run, *only):
    """Evaluate a run by these metrics, and keep what was found where it belongs."""
    evaluation = evaluate(inputs_of(run), only=only, quick=True)
    write_whole(run / "evaluation.json", evaluation.to_json())
    return evaluation


def change(run, metric, **values):
    """Change what the evaluation of `run` says of a metric."""
    path = run / "evaluation.json"
    found = msgspec.json.decode(path.read_bytes())
    found["metrics"][metric] |= values
    path.write_bytes(msgspec.json.encode(found))


def damage(run):
    """Spoil the last record of a run."""
    with contextlib.closing(sqlite3.connect(run / "run.sqlite")) as connection, connection:
        connection.execute("UPDATE trials SET json = '{' WHERE ordinal = (SELECT max(ordinal) FROM trials)")
