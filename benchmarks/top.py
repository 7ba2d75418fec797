"""The known figures of the TOP / HINT benchmark, phase I, computed anew, and this package's classifier beside them.

    python benchmarks/top.py [PATH] [--json] [--quick]

PATH is a folder of TOP's CSVs (phase_I_train.csv or .csv.gz, and so on); without it, `top/` among the registry records beside
the project (SYNTHETRIAL_DATA). Models are fitted on the train split alone, validation is not added, nothing is tuned on test.
Published: Fu et al., HINT (Patterns 2022). Intervals resample test trials; the curve also resamples which trials are held.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from synthetrial import text
from synthetrial.corpus.readers.source import read_source
from synthetrial.evaluate.statistics import bootstrap_counts, interval, pr_auc, roc_auc
from synthetrial.evaluate.utility.measure import decisions
from synthetrial.similar import tfidf
from synthetrial.trial import RegistryTrial
from synthetrial.verify.threads import one_thread

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("SYNTHETRIAL_DATA", ROOT.parent / "shared" / "data"))
STOPPED = ("TERMINATED", "WITHDRAWN", "SUSPENDED")
REFERENCE = {
    "tfidf_roc_phase1": 0.651, "tfidf_pr_phase1": 0.685, "not_terminated_roc": 0.867, "all_positive_f1": 0.713,
    "curve_50": 0.566, "curve_100": 0.589, "curve_200": 0.604, "curve_400": 0.621, "curve_800": 0.635,
}  # fmt: skip
SIZES = (50, 100, 200, 400, 800)

Floats = npt.NDArray[np.float64]


def trials(folder: Path, side: str) -> list[RegistryTrial]:
    """The labelled trials of a phase I split."""
    found = [path for path in (folder / f"phase_I_{side}.csv", folder / f"phase_I_{side}.csv.gz") if path.is_file()]
    if not found:
        sys.exit(f"no phase_I_{side}.csv[.gz] in {folder}; give the folder of TOP's files, or set SYNTHETRIAL_DATA")
    read = list(read_source(found[0]))
    kept = [each for each in read if isinstance(each, RegistryTrial) and each.label is not None]
    if len(kept) < len(read):
        print(
            f"{found[0].name}: {len(read) - len(kept)} of {len(read)} rows have no label or could not be read", file=sys.stderr
        )
    return kept


def labels(sides: Sequence[RegistryTrial]) -> npt.NDArray[np.int64]:
    """0 or 1 for each trial."""
    return np.array([each.label.value for each in sides if each.label])


def scores(fitted: Sequence[str], answers: npt.NDArray[np.int64], asked: Sequence[str]) -> Floats:
    """Log-odds of the texts `asked`: TF-IDF of words and pairs (sublinear, in two texts at least), logistic regression (C = 1,
    labels balanced), as the teacher and the utility metric have it."""
    from sklearn.linear_model import LogisticRegression

    vectoriser, counts = tfidf.counter(fitted)
    terms = tfidf.fit_weights(counts)
    model = LogisticRegression(class_weight="balanced", max_iter=1000).fit(tfidf.transform(counts, terms), answers)
    margins: Floats = model.decision_function(tfidf.transform(vectoriser.transform(asked), terms))
    return margins


def main() -> None:
    """Prints ours beside the references, or one flat JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("path", nargs="?", type=Path, default=DATA / "top")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help="a shorter learning curve")
    options = parser.parse_args()
    figures: dict[str, float] = {}

    def say(name: str, what: str, value: float, ends: tuple[float | None, float | None], n: int) -> None:
        figures[name] = round(value, 4)
        if None not in ends:
            figures[f"{name}_low"], figures[f"{name}_high"] = (round(each, 4) for each in ends if each is not None)
        known = f"{REFERENCE[name]:.3f}" if name in REFERENCE else "—"
        if not options.json:
            print(f"{what:<52} {value:.3f} [{ends[0]:.3f}, {ends[1]:.3f}]  known {known}  n = {n}")

    train, test = trials(options.path, "train"), trials(options.path, "test")
    answers, truth = labels(train), labels(test)
    rng = np.random.default_rng(0)
    counts = bootstrap_counts(len(test), 1000, rng)

    def area(name: str, what: str, given: Floats, measure=roc_auc) -> None:  # type: ignore[no-untyped-def]  # `measure` is roc_auc or pr_auc
        say(name, what, float(measure(given, truth)[0]), interval(measure(given, truth, counts)), len(test))

    everything = np.ones((1, len(test)))
    f1 = decisions(everything, truth, np.ones((1, len(test))))["f1"][0, 0]
    say(
        "all_positive_f1", "everything called a success, F1", float(f1),
        interval(decisions(everything, truth, counts)["f1"][:, 0]), len(test),
    )  # fmt: skip
    running = np.array([each.outcome.overall_status not in STOPPED for each in test], dtype=np.float64)
    area("not_terminated_roc", 'the rule "not stopped" (status is no feature!), ROC', running)
    criteria = [[each.protocol.eligibility.criteria or "" for each in side] for side in (train, test)]
    whole = [[text.render(each.protocol) for each in side] for side in (train, test)]
    with one_thread():
        given = scores(criteria[0], answers, criteria[1])
        area("tfidf_roc_phase1", "TF-IDF + LR on criteria, ROC-AUC", given)
        area("tfidf_pr_phase1", "TF-IDF + LR on criteria, PR-AUC", given, pr_auc)
        given = scores(whole[0], answers, whole[1])
        area("ours_roc_phase1", "ours: the rendered protocol, ROC-AUC", given)
        area("ours_pr_phase1", "ours: the rendered protocol, PR-AUC", given, pr_auc)
        draws = 5 if options.quick else 20
        for size in SIZES[:3] if options.quick else SIZES:
            areas, resampled = [], []
            for _draw in range(draws):
                held = rng.choice(len(train), size, replace=False)
                given = scores([criteria[0][at] for at in held], answers[held], criteria[1])
                areas.append(roc_auc(given, truth)[0])
                resampled.append(roc_auc(given, truth, counts))
            shares = rng.multinomial(draws, np.full(draws, 1 / draws), size=len(counts)) / draws
            mixed = (np.stack(resampled, axis=1) * shares).sum(axis=1)
            say(
                f"curve_{size}",
                f"{size} training trials, {draws} draws, ROC-AUC",
                float(np.mean(areas)),
                interval(mixed),
                len(test),
            )
    if options.json:
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
