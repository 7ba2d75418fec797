"""An evaluation is repeatable, refuses a broken split, and measures what it can when something cannot be."""

from __future__ import annotations

import json
from collections.abc import Iterator

import msgspec
import numpy as np
import pytest
import standins

from synthetrial.errors import RefusedError, UsageError
from synthetrial.evaluate import metric as metric_file
from synthetrial.evaluate import table
from synthetrial.evaluate.computing import family
from synthetrial.evaluate.evaluation import Evaluation, evaluate
from synthetrial.evaluate.inputs import Inputs
from synthetrial.evaluate.metric import MetricResult, metric, metrics, rounded
from synthetrial.evaluate.refusal import refusals
from synthetrial.trial import SyntheticTrial

NAMES = [
    "schema-validity", "intervention-fidelity", "attribute-fidelity", "grounding-rate", "marginals", "associations",
    "detection-auc", "length-detection-auc", "detection-embedding-auc", "frontier", "knn-precision", "knn-recall",
    "knn-density", "knn-coverage", "cosine", "distinct-n", "self-bleu", "vendi", "near-duplicate-rate", "vocabulary-coverage",
    "condition-coverage",
    "copy-span", "copy-8gram", "copy-13gram", "copy-span-train", "copy-8gram-train", "copy-13gram-train", "dcr", "nndr",
    "membership-inference", "canary-inference", "identity-scan", "utility", "utility-embedding", "utility-encoder",
    "leak-probes",
]  # fmt: skip
INAPPLICABLE = {"canary-inference", "utility-encoder"}
"""What has nothing to measure in a run on a corpus as it is."""
MEASURED = [each for each in NAMES if each not in INAPPLICABLE]


def with_reasons(n: int = 24) -> list[SyntheticTrial]:
    train = standins.by_id()
    made = []
    for each in standins.held_out()[:n]:
        exemplar = train[each.provenance.exemplars[0]]
        quote = " ".join((exemplar.protocol.brief_summary or exemplar.protocol.brief_title).split()[:8])
        made.append(msgspec.structs.replace(each, reasons=(standins.reason(exemplar, quote),)))
    return made


@pytest.fixture(scope="module")
def whole() -> Evaluation:
    return evaluate(standins.inputs(with_reasons()), seed=3)


def test_every_metric_is_registered_with_what_a_reader_needs() -> None:
    assert [each.name for each in metrics()] == NAMES
    for each in metrics():
        assert each.meaning.endswith(".")
        assert each.direction in ("higher", "lower", "none")
        assert each.cost


def test_the_json_has_the_promised_shape(whole: Evaluation) -> None:
    read = json.loads(whole.to_json())
    assert set(read) == {"run", "split", "metrics", "refused", "skipped"}
    assert list(read["metrics"]) == MEASURED
    assert set(read["skipped"]) == INAPPLICABLE
    assert read["refused"] == []
    assert read["split"]["fingerprint"] == "f"
    for each in read["metrics"].values():
        assert set(each) == {"value", "ci_low", "ci_high", "n", "reference", "details"}
        assert each["reference"] is not None
        assert each["ci_low"] <= each["value"] <= each["ci_high"]


def test_small_sets_say_that_they_are_small(whole: Evaluation) -> None:
    for name in MEASURED[1:]:
        assert "order of magnitude" in str(whole.metrics[name].details["small"])


def test_the_same_seed_gives_the_same_bytes_and_another_seed_does_not(whole: Evaluation) -> None:
    assert evaluate(standins.inputs(with_reasons()), seed=3).to_json() == whole.to_json()
    other = evaluate(standins.inputs(with_reasons()), seed=4, only=["utility"])
    assert other.metrics["utility"] != whole.metrics["utility"]


def test_a_metric_is_the_same_alone_as_among_others(whole: Evaluation) -> None:
    alone = evaluate(standins.inputs(with_reasons()), seed=3, only=["leak-probes"])
    assert alone.metrics["leak-probes"] == whole.metrics["leak-probes"]
    assert alone.skipped["utility"] == "not asked for"
    assert alone.failed == ()


def test_only_and_skip_take_names_and_families() -> None:
    inputs = standins.inputs(with_reasons())
    copying = [each for each in NAMES if each.startswith("copy-")]
    others = ["dcr", "nndr", "membership-inference", "canary-inference"]
    assert list(evaluate(inputs, only=["privacy"], skip=others).metrics) == [*copying, "identity-scan"]
    assert list(evaluate(inputs, only=["privacy"], skip=[*others, "copy-span"]).metrics) == [*copying[1:], "identity-scan"]
    assert {family(each) for each in metrics()} == {"fidelity", "diversity", "privacy", "utility", "leaks"}
    with pytest.raises(UsageError, match="no metric or family 'beauty'"):
        evaluate(inputs, only=["beauty"])


def test_quick_takes_fewer_draws() -> None:
    result = evaluate(standins.inputs(with_reasons()), only=["utility"], quick=True)
    assert result.metrics["utility"].details["draws"] == 5


def test_what_cannot_be_computed_is_skipped_with_why_and_the_others_are_computed() -> None:
    result = evaluate(standins.inputs(standins.copies(3)))
    assert result.skipped["grounding-rate"] == "no record has reasons (a recipe without them)"
    assert "10 of each are needed" in result.skipped["detection-auc"]
    assert set(result.failed) == set(result.skipped) - INAPPLICABLE
    assert {"schema-validity", "copy-span", "utility"} <= set(result.metrics)


def test_an_empty_set_is_measured_in_nothing_and_does_not_crash() -> None:
    result = evaluate(standins.inputs([]))
    assert set(result.skipped) == set(NAMES)


@pytest.fixture
def clean_register() -> Iterator[None]:
    before = dict(metric_file._REGISTERED)
    yield
    metric_file._REGISTERED.clear()
    metric_file._REGISTERED.update(before)


@pytest.mark.usefixtures("clean_register")
def test_a_new_metric_is_one_function_and_its_arithmetic_error_stays_its_own() -> None:
    metrics()

    @metric("brand-new", "New.", low=0, high=1, direction="none", cost="none")
    def brand_new(inputs: Inputs, rng: np.random.Generator) -> MetricResult:
        raise ZeroDivisionError("no record\nat all")

    result = evaluate(standins.inputs(with_reasons()), only=["brand-new", "schema-validity"])
    assert result.skipped["brand-new"] == "ZeroDivisionError: no record"
    assert list(result.metrics) == ["schema-validity"]
    assert metrics()[-1].name == "brand-new"
    with pytest.raises(UsageError, match="two metrics are named 'brand-new'"):
        metric("brand-new", "Again.", low=0, high=1, direction="none", cost="none")(brand_new)


def test_results_are_plain_json() -> None:
    assert rounded({"a": (0.12345678, float("nan")), "b": [True, None, "x", 3, -0.0]}) == {
        "a": [0.123457, None],
        "b": [True, None, "x", 3, 0.0],
    }
    with pytest.raises(TypeError, match="not a JSON value: set"):
        rounded({1})


def from_exemplar(trial_id: str) -> SyntheticTrial:
    each = standins.copies(1)[0]
    return msgspec.structs.replace(each, provenance=msgspec.structs.replace(each.provenance, exemplars=(trial_id,)))


def test_a_run_made_from_test_or_validation_trials_is_refused_by_id() -> None:
    for side in (1, 2):
        trial = standins.sides()[side][0]
        with pytest.raises(RefusedError, match=f"1 exemplars are .* trials \\({trial.trial_id}\\)"):
            evaluate(standins.inputs([from_exemplar(trial.trial_id)]))


def test_a_run_made_from_a_twin_of_a_test_trial_is_refused() -> None:
    train, _, test = standins.sides()
    twin = msgspec.structs.replace(
        train[0], protocol=msgspec.structs.replace(test[0].protocol, brief_title="Another title altogether")
    )
    inputs = standins.inputs([from_exemplar(twin.trial_id)], train=(twin, *train[1:]))
    with pytest.raises(RefusedError, match=f"near-duplicates of held-out trials \\({twin.trial_id} ~ {test[0].trial_id}\\)"):
        evaluate(inputs)
    elsewhere = standins.inputs([from_exemplar(train[1].trial_id)], train=(twin, *train[1:]))
    assert refusals(elsewhere) == ()  # only what was used as an exemplar counts


def test_unknown_exemplars_and_sides_that_overlap_are_refused() -> None:
    assert refusals(standins.inputs([from_exemplar("NCT1")])) == ("1 exemplars are not in the training split (NCT1)",)
    train = standins.sides()[0]
    found = refusals(standins.inputs(standins.copies(1), valid=train[10:20]))
    assert found[0].startswith("10 validation trials are training trials too (")
    assert found[0].endswith(", …)")


def test_the_table_reads_well(whole: Evaluation) -> None:
    rows = table.rows(whole)
    assert [each.metric for each in rows] == MEASURED
    validity = rows[0]
    assert (validity.value, validity.reference, validity.n, validity.better) == ("1.000", "1.000", "24", "higher")
    assert validity.interval.startswith("[0.8")
    arms, meant = table.arm_tables(whole)
    assert arms.columns == ("gain over real alone", "n = 0", "n = 50", "n = 120 (all)")
    by = {each[0]: each[1:] for each in arms.rows}
    assert by["real trials alone (ROC-AUC)"][0].startswith("0.500")
    assert by["synthetic"][1][0] in "+-"
    assert "[" in by["synthetic"][1]
    assert by["as many real instead"][2] == ""
    assert "gap recovered, weighed" in by
    assert "logistic regression" in meant.classifier
    probes = {each.probe: each for each in table.probe_rows(whole)}
    assert probes["source"].real == "constant"
    assert probes["source"].synthetic == ""
    assert probes["text length"].synthetic.startswith("0.")


def test_the_table_names_what_failed_and_leaves_out_what_was_not_asked_for() -> None:
    result = evaluate(standins.inputs(standins.copies(12)), only=["grounding-rate", "schema-validity"])
    rows = table.rows(result)
    assert [each.metric for each in rows] == ["schema-validity", "grounding-rate"]
    assert rows[1].meaning == "not computed: no record has reasons (a recipe without them)"
    assert table.arm_tables(result) == ()
    assert table.probe_rows(result) == ()


def test_an_interval_that_is_not_there_is_left_blank() -> None:
    result = MetricResult(value=1.0, ci_low=None, ci_high=None, n=1, reference=None, details={})
    row = table.rows(Evaluation(run="r", split={}, metrics={"copy-span": result}))[0]
    assert (row.interval, row.reference) == ("", "—")


def test_drugs_are_found_where_the_inputs_do_not_bring_them() -> None:
    inputs = standins.inputs(standins.copies(3), drugs=None)
    assert inputs.trial_drugs == standins.drugs()


def test_nothing_heavy_is_imported_before_it_is_needed() -> None:
    import subprocess
    import sys

    code = "import sys, synthetrial.evaluate.evaluation, synthetrial.verify.teacher; print('sklearn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "False"
