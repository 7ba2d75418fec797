"""Records on a terminal: one as a page, many as a list, and what was rejected. Every text in them may be anybody's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final, TypeVar

from rich.console import Group
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from synthetrial.report.browse_record import Planned, accepted
from synthetrial.run.finding import Listed, Rejected
from synthetrial.terminal_text import shown
from synthetrial.text import sections
from synthetrial.trial import Reason, SyntheticTrial

AT_ONCE: Final = 200
"""Rows of a list that are laid out together: a long list begins at once and is never whole in memory."""

Item = TypeVar("Item")


def record(trial: SyntheticTrial, title: str = "") -> Panel:
    """A synthetic record, marked as such: its sections, and a line on what it is."""
    body = Text()
    for name, text in sections(trial.protocol).items():
        body.append(f"{name}: ", style="bold").append(shown(text)).append("\n")
    body.append("\n").append(_about(trial))
    return Panel(body, title=shown(" · ".join(each for each in ("[SYNTHETIC]", trial.id, title) if each)), title_align="left")


def record_page(trial: SyntheticTrial) -> Group:
    """Everything that is known of a record: its sections, why such trials end as they do, plan and result, provenance."""
    _, body = accepted(trial)
    return Group(
        record(trial),
        _heading("Reasons"),
        _reasons(trial.reasons),
        _heading("Plan and result"),
        _against(body.design),
        _lengths(body.lengths),
        _heading("Provenance"),
        _pairs((("Exemplars", ", ".join(body.exemplars)), *body.made)),
    )


def rejected_page(candidate: Rejected) -> Group:
    """A rejected candidate: what was wrong with it, and what was written."""
    title = f"[SYNTHETIC] · rejected · {candidate.id}"
    return Group(
        Panel(shown(candidate.text.strip("\n")), title=shown(title), title_align="left"),
        _pairs(zip(candidate.codes, candidate.details, strict=True)),
    )


def record_list(records: Iterable[Listed]) -> Iterator[Table]:
    """A line for each record, in tables that fit the terminal's width and follow one another."""
    for number, part in enumerate(_parts(records)):
        table = _lines(("id", 14), ("label", 7), ("drug", 16), ("phase", 7), ("title", None), ("p(label)", 8), head=not number)
        for each in part:
            likely = "" if each.p_label is None else f"{each.p_label:.2f}"
            _row(table, each.id, each.label, each.drug, each.phase, each.title, likely)
        yield table


def rejected_list(candidates: Iterable[Rejected]) -> Iterator[Table]:
    """A line for each rejected candidate and code, in tables that follow one another."""
    for number, part in enumerate(_parts(candidates)):
        table = _lines(("id", 10), ("label", 7), ("drug", 16), ("code", 14), ("what was wrong", None), head=not number)
        for each in part:
            for at, (code, detail) in enumerate(zip(each.codes, each.details, strict=True)):
                _row(table, *(("", "", "") if at else (each.id, each.label, each.drug)), code, detail)
        yield table


def _about(trial: SyntheticTrial) -> Text:
    made = trial.provenance
    said = [
        f"label {trial.label} ({'success' if trial.label else 'failure'})", f"drug {made.plan.get('drug')}",
        f"exemplars by {made.rung}", made.model,
    ]  # fmt: skip
    if made.p_label is not None:
        said.append(f"teacher p(label) {made.p_label:.2f}" + ("" if made.weight is None else f", weight {made.weight:.2f}"))
    return shown(" · ".join(said), "dim")


def _reasons(reasons: Iterable[Reason]) -> Table | Text:
    table = Table.grid(padding=(0, 2))
    for each in reasons:
        _row(table, each.factor, each.statement if each.grounded else f"{each.statement} (no quote of it was found)")
        for quoted in each.evidence:
            found = "" if quoted.score >= 100 else f", found at {quoted.score:.0f} %"
            table.add_row("", Text.assemble(shown(f"“{quoted.quote}”", "italic"), shown(f"  {quoted.trial_id}{found}", "dim")))
    return table if table.row_count else Text("none: the recipe asks for none, or the writer gave none")


def _against(slots: Iterable[Planned]) -> Table:
    """Slots with what was planned, and what was written where that is something else."""
    table = Table.grid(padding=(0, 2))
    for name, planned, written in slots:
        other = shown("as planned", "dim") if planned == written else shown(f"written: {written or 'nothing'}")
        table.add_row(shown(name, "bold"), shown(planned or "nothing"), other)
    return table


def _lengths(slots: Iterable[Planned]) -> Table:
    """How long each slot was to be and is, words and items apart."""
    said: dict[str, list[str]] = {}
    for name, planned, written in slots:
        slot, _, unit = name.rpartition(", ")
        said.setdefault(unit, []).append(f"{slot} {planned or 0} → {written or 0}")
    return _pairs((unit.capitalize(), " · ".join(each)) for unit, each in said.items())


def _pairs(pairs: Iterable[tuple[str, str]]) -> Table:
    table = Table.grid(padding=(0, 2))
    for name, value in pairs:
        _row(table, name, value)
    return table


def _row(table: Table, first: str, *others: str) -> None:
    table.add_row(shown(first, "bold"), *map(shown, others))


def _heading(name: str) -> Rule:
    return Rule(name, align="left", style="dim")


def _lines(*columns: tuple[str, int | None], head: bool) -> Table:
    """A table of lines that are cut where they are too long; the column without a width takes what is left."""
    table = Table(box=None, expand=True, show_header=head, padding=(0, 1, 0, 0), pad_edge=False)
    for name, width in columns:
        table.add_column(name, width=width, ratio=None if width else 1, no_wrap=True, overflow="ellipsis")
    return table


def _parts(items: Iterable[Item]) -> Iterator[list[Item]]:
    rest = iter(items)
    while part := list(islice(rest, AT_ONCE)):
        yield part
