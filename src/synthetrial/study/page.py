"""The files of a study's results: results.json, results.md and report.html."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from synthetrial.control import CONTROLS
from synthetrial.report.charts import CHANCE, CONTROL, OTHER, REAL, SYNTHETIC, Interval, Point, Series, curves, intervals
from synthetrial.report.figure import Chart, Figure, Section, Table, figure
from synthetrial.report.page import page
from synthetrial.report.svg import INSTALL, can_draw
from synthetrial.run.files import write_whole
from synthetrial.study import scoring
from synthetrial.study.answers import answers, by_question, place, plain, signed
from synthetrial.study.markdown import GAP, markdown, named
from synthetrial.study.results import Results, Row, Value

LOOKS = (SYNTHETIC, OTHER, CONTROL, REAL, CHANCE)


def write(results: Results, folder: Path) -> list[Path]:
    """Write the results into a study's folder; the paths of its files. Raises `StoreError`."""
    content = {
        "results.json": msgspec.json.format(msgspec.json.encode(results), indent=1) + b"\n",
        "results.md": markdown(results).encode(),
        "report.html": page(
            "study.html.j2",
            results=results,
            answers=list(answers(results)),
            sections=[_power(results), *_sections(results)],
            install=None if can_draw() else INSTALL,
        ),
    }
    for name, each in content.items():
        write_whole(folder / name, each)
    return [folder / name for name in content]


def _sections(results: Results) -> Iterator[Section]:
    yield _gaps(results)
    yield _compared(results)
    for scenario, lead in (
        ("share", "The set was made from a pool that the recipient does not have."),
        ("augment", "The set was made from the recipient's own trials."),
    ):
        for classifier in dict.fromkeys(each.classifier for each in results.rows):
            here = [each for each in results.rows if (each.scenario, each.classifier) == (scenario, classifier)]
            if here:
                key = f"{scenario}-{classifier}"
                drawn = _figures(key, here, _records(results))
                yield Section(key, f"Gain in predicting outcomes: {scenario}, {classifier}", lead, list(drawn))


def _compared(results: Results) -> Section:
    """A forest plot a question: the set against what it is held against, at every size and by every classifier."""
    figures = []
    for number, found in enumerate(by_question(results)):
        one, other = found[0].one, found[0].other
        charts = []
        for area, values in (("ROC-AUC", "delta"), ("PR-AUC", "delta_pr_auc")):
            forest = [
                Interval(place(each, "own trials"), SYNTHETIC, value.value, *value.ci)
                for each in found
                for value in (getattr(each, values),)
            ]
            charts.append(Chart(area, intervals(forest, f"difference in test {area}", at=0, legend=False)))
        rows = [
            (place(each, "own trials"), f"{one} - {other}", signed(each.delta), signed(each.delta_pr_auc), f"{each.p_holm:.2g}")
            for each in found
        ]
        columns = ("by", "difference", "ROC-AUC", "PR-AUC", "p (Holm)")
        said = f"{one} minus {other}: point and 95 % interval, {found[0].records} records a set, paired."
        figures.append(figure(f"compared-{number}", found[0].ask, said, charts, [Table(columns, rows)]))
    return Section("compared", "Set against set", "On the same draws of recipients and the same test trials.", figures)


def _records(results: Results) -> int:
    """At how many records sets are compared."""
    return next((each.records for each in results.comparisons), 0)


def _figures(key: str, here: Sequence[Row], records: int) -> Iterator[Figure]:
    with_so_many = {each.recipe for each in here if each.records == records}
    drawn = [each for each in here if each.recipe not in with_so_many or each.records == records]
    sizes = sorted({each.n_real for each in here if each.mode != scoring.WHOLE})
    for area, values in (("ROC-AUC", "delta_roc_auc"), ("PR-AUC", "delta_pr_auc")):
        charts = []
        for size in sizes:
            forest = [
                Interval(_label(each), _series(each), found.value, *found.ci)
                for each in drawn
                if each.n_real == size and each.mode != scoring.WHOLE and (found := getattr(each, values)) is not None
            ]
            if forest:
                charts.append(Chart(f"n = {size} real trials", intervals(forest, f"change in test {area}", at=0, legend=False)))
        caption = (
            f"What each arm changes in test {area} against the recipient's real trials alone: point and 95 % interval, on the "
            "same draws of recipients and the same test trials. A line that crosses the dashed one is not told from nothing. "
            "Sets of other sizes are in the table alone."
        )
        yield figure(
            f"{key}-{area.lower()}", f"{area} against real trials alone", caption, charts, [_table(here, sizes, values)]
        )
    yield _learning(key, here, sizes)


def _learning(key: str, here: Sequence[Row], sizes: Sequence[int]) -> Figure:
    largest = {recipe: max(each.records for each in here if each.recipe == recipe) for recipe in {e.recipe for e in here}}
    names = list(dict.fromkeys(each.recipe for each in here if each.recipe))
    looks = {name: LOOKS[at % len(LOOKS)].called(name) for at, name in enumerate(names[: len(LOOKS) - 1])}
    points = [
        Point(REAL.called("real trials alone"), str(each.n_real), each.roc_auc.value, *each.roc_auc.ci)
        for each in here
        if each.mode == scoring.REAL
    ]
    for each in here:
        if each.recipe in looks and each.mode == "weight" and each.records == largest[each.recipe]:
            points.append(Point(looks[each.recipe], str(each.n_real), each.roc_auc.value, *each.roc_auc.ci))
    points.sort(key=lambda each: (each.series.name, int(each.x)))
    caption = "Test ROC-AUC by the recipient's number of real trials, alone and with each set beside them (mode weight)."
    charts = [Chart("", curves(sorted(points, key=lambda each: sizes.index(int(each.x))), "real trials", "ROC-AUC", at=0.5))]
    return figure(f"{key}-learning", "Learning curves", caption, charts, [_table(here, sizes, "roc_auc")])


def _gaps(results: Results) -> Section:
    records = _records(results)
    rows = [(f"{named(each.recipe, each.mode)}", str(each.records), str(each.n_real), each.says) for each in results.gaps]
    forest = [
        Interval(f"{named(each.recipe, each.mode)}, n = {each.n_real}", SYNTHETIC, each.value.value, *each.value.ci)
        for each in results.gaps
        if each.value is not None and each.mode in ("weight", "filter") and each.n_real and each.records == records
    ]
    charts = [Chart("", intervals(forest, "share of the pool's worth", at=1, legend=False))] if forest else []
    table = Table(("set", "records", "real trials", "gap recovered"), rows)
    caption = f"{GAP} Drawn are sets of {records} records, all are in the table."
    found = figure("gap", "By set and size", caption, charts, [table])
    return Section("gaps", "How much of the pool reaches a recipient?", "Mean of the classifiers, share scenario.", [found])


def _power(results: Results) -> Section:
    rows = [
        (
            each.classifier,
            str(each.n_real),
            str(each.splits),
            f"{each.least:.3f}",
            f"{each.error:.3f}",
            f"{each.test_share:.0%}",
            each.says(),
        )
        for each in results.powers
    ]
    columns = (
        "classifier",
        "real trials",
        "splits",
        "smallest difference seen",
        "standard error",
        "of it by test trials",
        "so",
    )
    found = figure(
        "seen", "Power", "From real trials alone, at 80 % power and a two-sided 5 % test.", [], [Table(columns, rows)]
    )
    return Section(
        "power", "What the design can see", "That nothing was found means little where nothing could have been seen.", [found]
    )


def _table(here: Sequence[Row], sizes: Sequence[int], values: str) -> Table:
    keys = dict.fromkeys((each.recipe, each.mode, each.records) for each in here if each.mode != scoring.WHOLE)
    by_key = {(each.recipe, each.mode, each.records, each.n_real): each for each in here}

    def cell(key: tuple[str, str, int], size: int) -> str:
        row = by_key.get((*key, size))
        found: Value | None = getattr(row, values) if row else None
        return plain(found) if values == "roc_auc" else signed(found)

    rows = [(named(*key[:2]), str(key[2] or ""), *(cell(key, size) for size in sizes)) for key in keys]
    return Table(("arm", "records", *(f"n = {size}" for size in sizes)), rows)


def _label(row: Row) -> str:
    return named(row.recipe, row.mode) + (f", {row.records}" if row.records else "")


def _series(row: Row) -> Series:
    if row.mode == scoring.SHUFFLED:
        return CHANCE
    if not row.recipe:
        return REAL
    return CONTROL if row.recipe in CONTROLS else SYNTHETIC
