"""The commands that look at runs: lists, one record as a page, what was rejected, evaluations side by side."""

import json

import msgspec
import pytest

from runs import config, make
from synthetrial.evaluate.evaluation import evaluate
from synthetrial.evaluate.from_run import inputs_of
from synthetrial.run.records import CandidateKey, StoredCandidate
from synthetrial.run.store import RunStore
from synthetrial.text import render
from synthetrial.trial import Evidence, Reason

HOSTILE = "\x1b[31mred\x9b2J [bold]not bold[/] :smile:\u202e"
TOLD = "[31mred2J [bold]not bold[/] :smile:"
STEERING = {"\x1b", "\x9b", "\u202e", "\x07"}


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Two evaluated runs of eight records, and one that was never evaluated; the first holds a rejected candidate."""
    folder = tmp_path_factory.mktemp("runs")
    for name, seed in (("one", 0), ("two", 1), ("bare", 2)):
        make(config(8, seed=seed), folder / name)
        if name != "bare":
            found = evaluate(inputs_of(folder / name), only=("utility", "copy-span"), quick=True)
            (folder / name / "evaluation.json").write_bytes(found.to_json())
    with RunStore.open(folder / "one") as store:
        save(store, 90, f"{HOSTILE}\nno record", None, "rejected", ("parse", "copy"), (f"line 1 {HOSTILE}", "12 words"))
    return folder


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """A run with a record whose every text is hostile."""
    folder = tmp_path_factory.mktemp("hostile") / "[red]run"
    make(config(2), folder)
    with RunStore.open(folder) as store:
        first = next(store.trials())
        protocol = msgspec.structs.replace(
            first.protocol,
            brief_title=HOSTILE,
            brief_summary=f"{HOSTILE}\nأمان",
            conditions=(HOSTILE, *first.protocol.conditions),
        )
        provenance = msgspec.structs.replace(first.provenance, model=f"model {HOSTILE}")
        quoted = Evidence(trial_id="DEMO-0001", quote=HOSTILE, score=93)
        reasons = (Reason(factor="dose", statement=HOSTILE, evidence=(quoted,)),)
        save(store, 91, render(protocol), protocol, "passed")
        trial = msgspec.structs.replace(first, id="SYN-HOSTILE", protocol=protocol, provenance=provenance, reasons=reasons)
        store.accept(trial, 99, CandidateKey(0, 0, 91, 0))
    return folder


def save(store, attempt, text, protocol, state, codes=(), details=()):
    key = CandidateKey(0, 0, attempt, 0)
    store.save_candidate(StoredCandidate(key=key, text=text, protocol=protocol, state=state, codes=codes, details=details))


def record(runs):
    with RunStore.read(runs / "one") as store:
        return next(store.trials())


def test_a_list_of_records_has_a_line_for_each(command, runs):
    code, out, _ = command("show", runs / "one")
    lines = out.splitlines()
    assert (code, len(lines)) == (0, 10)
    assert lines[0] == f"8 [SYNTHETIC] records accepted in {runs / 'one'}"
    assert lines[1].split() == ["id", "label", "drug", "phase", "title", "p(label)"]
    found = json.loads(command("show", runs / "one", "--json")[1])
    assert [each["id"] for each in found] == [each.split()[0] for each in lines[2:]]
    assert set(found[0]) == {"id", "label", "drug", "phase", "title", "p_label"}


def test_a_long_list_is_laid_out_in_parts_that_look_like_one(command, runs, monkeypatch):
    whole = command("show", runs / "one")[1]
    monkeypatch.setattr("synthetrial.terminal_record.AT_ONCE", 3)
    assert command("show", runs / "one")[1] == whole


def test_a_record_is_shown_with_all_that_is_known_of_it(command, runs):
    trial = record(runs)
    code, out, _ = command("show", runs / "one", trial.id[4:11].lower())
    assert code == 0
    assert f"[SYNTHETIC] · {trial.id}" in out
    for name in ("Summary:", "Eligibility:", "Reasons", "Plan and result", "Provenance", "as planned", "Words", "→"):
        assert name in out
    assert f"teacher p(label) {trial.provenance.p_label:.2f}" in out
    assert ", ".join(trial.provenance.exemplars) in out
    for reason in trial.reasons:
        assert reason.factor in out
        for quoted in reason.evidence:
            assert quoted.trial_id in out
            assert quoted.quote[:40] in out
    assert json.loads(command("show", runs / "one", trial.id, "--json")[1])["id"] == trial.id


def test_an_id_that_is_none_is_one_line_with_the_nearest(command, runs):
    trial = record(runs)
    code, _, err = command("show", runs / "one", f"{trial.id}X")
    assert (code, trial.id in err, err.count("\n")) == (1, True, 1)
    assert "give more of the id" in command("show", runs / "one", "SYN-")[2]


def test_what_was_rejected_is_listed_with_codes_and_shown_with_its_text(command, runs):
    code, out, _ = command("show", runs / "one", "--rejected")
    assert (code, "[SYNTHETIC] candidates rejected" in out) == (0, True)
    line = next(each for each in out.splitlines() if each.startswith("0.0.90.0"))
    assert "parse" in line
    assert TOLD in line
    assert next(each for each in out.splitlines() if "12 words" in each).split() == ["copy", "12", "words"]
    code, out, _ = command("show", runs / "one", "0.0.90.0", "--rejected")
    assert (code, f"{TOLD}" in out, "no record" in out, "12 words" in out) == (0, True, True, True)
    assert not STEERING & set(out)
    (found,) = (e for e in json.loads(command("show", runs / "one", "--rejected", "--json")[1]) if e["id"] == "0.0.90.0")
    assert (found["codes"], found["title"]) == (["parse", "copy"], None)
    assert json.loads(command("show", runs / "one", "0.0.90.0", "--rejected", "--json")[1]) == found
    assert command("show", runs / "one", "9.9.9.9", "--rejected")[0] == 1


def test_no_text_of_a_record_steers_the_terminal(command, hostile):
    for arguments in ((), ("HOSTILE",)):
        out = command("show", hostile, *arguments)[1]
        assert TOLD in out
        assert not STEERING & set(out)
    out = command("show", hostile, "SYN-HOSTILE")[1]
    assert f"“{TOLD}”  DEMO-0001, found at 93 %" in out
    assert f"{TOLD} (no quote of it was found)" in out
    assert "أمان" in out
    assert "[red]run" in command("runs", hostile.parent)[1]


def test_runs_are_listed_with_state_and_verdict(command, runs):
    code, out, _ = command("runs", runs, "--json")
    found = {each["name"]: each for each in json.loads(out)}
    assert (code, set(found)) == (0, {"one", "two", "bare"})
    assert {name: (each["accepted"], each["wanted"], each["state"]) for name, each in found.items()} == {
        "one": (8, 8, "evaluated"), "two": (8, 8, "evaluated"), "bare": (8, 8, "finished"),
    }  # fmt: skip
    assert found["bare"]["verdict"] is None
    assert found["one"]["verdict"]["looks"] == ""
    assert found["one"]["verdict"]["copies"].startswith("no, ")
    out = command("runs", runs)[1]
    assert "8 of 8" in out
    assert found["one"]["verdict"]["helps"] in out
    assert "no runs in" in command("runs", runs / "one")[1]


def test_evaluations_stand_side_by_side_and_gains_are_paired(command, runs):
    code, out, _ = command("compare", runs / "one", runs / "two")
    assert code == 0
    assert "two less one" in out
    assert "40 test trials" in out
    found = json.loads(command("compare", runs / "one", runs / "two", "--json")[1])
    assert found["runs"] == ["one", "two"]
    assert [each["metric"] for each in found["rows"]] == ["copy-span", "utility", "utility-embedding"]
    difference, other = found["differences"]
    assert (difference["metric"], other["metric"]) == ("utility", "utility-embedding")
    assert difference["ci_low"] <= difference["value"] <= difference["ci_high"]
    first, second = found["rows"][1]["figures"]
    assert difference["value"] == pytest.approx(second["value"] - first["value"])


def test_runs_of_one_name_are_told_apart_by_their_paths(command, runs, tmp_path):
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "evaluation.json").write_bytes((runs / "two" / "evaluation.json").read_bytes())
    found = json.loads(command("compare", runs / "one", tmp_path / "one", "--json")[1])
    assert found["runs"] == [str(runs / "one"), str(tmp_path / "one")]


def test_evaluation_files_can_be_compared_too(command, runs):
    found = json.loads(command("compare", runs / "one", runs / "two" / "evaluation.json", "--json")[1])
    assert found["runs"] == ["one", "evaluation.json"]


def test_fewer_than_two_evaluated_runs_are_one_line_with_the_way_out(command, runs, tmp_path):
    code, _, err = command("compare", runs / "one", runs / "bare")
    assert (code, err.count("\n"), f"`synthetrial evaluate {runs / 'bare'}`" in err) == (1, 1, True)
    code, _, err = command("compare", runs / "one")
    assert (code, "synthetrial compare RUN RUN" in err) == (2, True)
    code, _, err = command("compare", runs / "one", tmp_path / "nowhere")
    assert (code, "no run here" in err) == (1, True)
    code, out, err = command("compare", runs / "one", runs / "bare", runs / "two")
    assert (code, "two less one" in out, "not evaluated" in err) == (0, True, True)


def test_runs_that_share_no_split_are_not_paired(command, runs, tmp_path):
    found = json.loads((runs / "two" / "evaluation.json").read_text())
    found["split"]["fingerprint"] = "another"
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / "evaluation.json").write_text(json.dumps(found))
    out = command("compare", runs / "one", tmp_path / "two")[1]
    assert "one and two share no split" in out
    assert "less" not in out
