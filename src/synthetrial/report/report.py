"""report.html: what was made, from what, and what it is worth, on one page that needs nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from synthetrial.evaluate.evaluation import Evaluation
from synthetrial.evaluate.reading import load_evaluation
from synthetrial.report.citing import citing, origin
from synthetrial.report.copying import copying
from synthetrial.report.facts import Facts, read_facts
from synthetrial.report.figure import Section
from synthetrial.report.leaking import leaking
from synthetrial.report.likeness import likeness
from synthetrial.report.making import making
from synthetrial.report.page import page
from synthetrial.report.summary import answers, groups, notices
from synthetrial.report.svg import INSTALL, can_draw
from synthetrial.report.usefulness import usefulness
from synthetrial.run.files import write_whole


def write_report(run: Path) -> Path:
    """Write report.html into the run's folder and return its path; the same bytes for the same run.

    It holds no script and asks for no other file. A run that goes on or was not evaluated has a report too, which says so.
    Raises `StoreError` where there is no run, or its evaluation cannot be read.
    """
    facts, evaluation = read_facts(run), load_evaluation(run)
    content = page(
        "report.html.j2",
        facts=facts,
        origin=origin(facts),
        evaluated=evaluation is not None,
        answers=answers(evaluation) if evaluation else (),
        notices=tuple(notices(facts, evaluation)),
        install=None if can_draw() else INSTALL,
        sections=tuple(_sections(facts, evaluation)),
        groups=groups(evaluation) if evaluation else {},
        citing=citing(facts),
    )
    target = run / "report.html"
    write_whole(target, content)
    return target


def _sections(facts: Facts, evaluation: Evaluation | None) -> Iterator[Section]:
    if evaluation is not None:
        yield likeness(evaluation)
        yield copying(evaluation)
        yield usefulness(evaluation)
        yield leaking(evaluation)
    yield making(facts)
