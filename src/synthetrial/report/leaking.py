"""Does one thing alone tell the label? The leak probes, on records and on real trials."""

from __future__ import annotations

from typing import Any

from synthetrial.evaluate.evaluation import Evaluation
from synthetrial.evaluate.table import probe_rows
from synthetrial.report.charts import REAL, SYNTHETIC, Interval, intervals
from synthetrial.report.figure import Chart, Section, Table, figure, nothing
from synthetrial.report.measured import details, ends, why_not


def leaking(evaluation: Evaluation) -> Section:
    """The section on leak probes."""
    lead = (
        "A label may only be learnt from what a trial sets out to do. If the length of a text, or which fields it lacks, "
        "tells success from failure, a classifier learns that instead, and looks better than it is."
    )
    key, title = "probes", "What tells the label by itself"
    probes: list[dict[str, Any]] = details(evaluation, "leak-probes").get("probes") or []
    if not probes:
        return Section("leaks", "Does it give labels away?", lead, [nothing(key, title, why_not(evaluation, "leak-probes"))])
    rows = [
        Interval(each["probe"], series, read["auc"], *ends(read["ci"]))
        for each in probes
        for series, read in ((SYNTHETIC, each["synthetic"]), (REAL, each["real"]))
        if read is not None and not read["constant"]
    ]
    caption = (
        "ROC-AUC for the label of a classifier that sees one thing only, with its 95 % interval: 0.5 (dashed) is nothing "
        "to be seen. Circles are records, diamonds real trials. A probe fires where it is above 0.5 for certain (Holm's "
        "correction), and above real trials."
    )
    table = Table(("probe", "records", "real trials", "fires"), probe_rows(evaluation))
    chart = Chart("", intervals(rows, "ROC-AUC for the label", at=0.5))
    return Section("leaks", "Does it give labels away?", lead, [figure(key, title, caption, [chart], [table])])
