"""The results of a study as a page of Markdown: questions, tables, what was made of what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from synthetrial.study.answers import answers, plain, share, signed
from synthetrial.study.results import Results, Row
from synthetrial.study.scoring import REAL, SHUFFLED, WHOLE


def markdown(results: Results) -> str:
    """The page."""
    return "\n".join(_lines(results)) + "\n"


def _lines(results: Results) -> Iterator[str]:
    yield from (f"# Study {results.name}", "", *([results.about, ""] if results.about else []))
    yield f"Labels: `{results.label_rule}`. Primary comparison: {results.primary}."
    yield ""
    yield from _table(
        ("split", "side", "trials", "failures"),
        [
            (split, side, str(counts[side]), str(counts[f"{side} failures"]))
            for split, counts in results.trials.items()
            for side in ("pool", "recipients", "validation", "test")
        ],
    )
    drawn = "; ".join(f"n = {size} from {source}" for size, source in results.drawn_from.items())
    yield from (f"Recipients' trials: {drawn}.", "", "## Questions", "")
    for each in answers(results):
        yield from (f"**{each.question}** {each.short[:1].upper()}{each.short[1:]}. {each.paragraph}", "")
    yield from ("## What the design can see", "")
    for power in results.powers:
        yield f"- {power.classifier}, n = {power.n_real}: {power.says()}."
    yield from ("", "## Gap recovered, mean of the classifiers", "", GAP, "")
    yield from _gaps(results)
    for scenario in ("share", "augment"):
        for classifier in dict.fromkeys(each.classifier for each in results.rows):
            yield from _gains(results, scenario, classifier)
    yield from ("## Sets", "")
    columns = ("recipe", "split", "seed", "n_real", "model", "records", "wanted", "successes", "exemplars")
    rows = [tuple("" if each[name] is None else str(each[name]) for name in columns) for each in results.sets]
    yield from _table(columns, rows)
    yield from (f"- {each}" for each in results.notes)


GAP = (
    "(set − real n) / (whole pool − real n) in test ROC-AUC: 0 % = the set adds nothing to the recipient's own trials, 100 % = "
    "as good as having the pool; – = not to be told, since the interval of what the whole pool gains reaches 0. Relabelling is "
    "distillation: the label is the teacher's, not the record's."
)


def _gaps(results: Results) -> Iterator[str]:
    sizes = sorted({each.n_real for each in results.gaps})
    gains = {(each.splits, each.n_real): signed(each.pool_gain) for each in results.gaps}
    found = {(each.recipe, each.mode, each.records, each.splits): dict[int, str]() for each in results.gaps}
    for each in results.gaps:
        found[each.recipe, each.mode, each.records, each.splits][each.n_real] = share(each.value) if each.value else "–"
    rows = [
        ("what the whole pool gains", "", str(splits), *(gains.get((splits, size), "") for size in sizes))
        for splits in sorted({each.splits for each in results.gaps})
    ]
    rows += [
        (named(recipe, mode), str(records), str(splits), *(cells.get(size, "") for size in sizes))
        for (recipe, mode, records, splits), cells in found.items()
    ]
    yield from _table(("set", "records", "splits", *(f"n = {size}" for size in sizes)), rows)


def _gains(results: Results, scenario: str, classifier: str) -> Iterator[str]:
    here = [each for each in results.rows if (each.scenario, each.classifier) == (scenario, classifier)]
    if not here:
        return
    sizes = sorted({each.n_real for each in here if each.mode != WHOLE})
    yield from (f"## ROC-AUC, {classifier}, {scenario}", "")
    if pool := next((each for each in here if each.mode == WHOLE), None):
        yield from (f"The whole pool: {plain(pool.roc_auc)} (PR-AUC {plain(pool.pr_auc)}).", "")
    keys = dict.fromkeys((each.recipe, each.mode, each.records) for each in here if each.mode != WHOLE)
    rows = []
    for recipe, mode, records in keys:
        cells = {each.n_real: each for each in here if (each.recipe, each.mode, each.records) == (recipe, mode, records)}
        rows.append((named(recipe, mode), str(records or ""), *(_cell(cells.get(size)) for size in sizes)))
    yield from _table(("arm", "records", *(f"n = {size}" for size in sizes)), rows)


def named(recipe: str, mode: str) -> str:
    """An arm in words."""
    if mode == SHUFFLED:
        return f"{recipe}, labels shuffled"
    return f"{recipe}, {mode}" if recipe else {REAL: "real trials alone (ROC-AUC)"}.get(mode, mode)


def _cell(row: Row | None) -> str:
    if row is None:
        return ""
    return plain(row.roc_auc) if row.delta_roc_auc is None else signed(row.delta_roc_auc)


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    for each in (columns, ["---"] * len(columns), *rows):
        yield f"| {' | '.join(each)} |"
    yield ""
