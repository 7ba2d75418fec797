"""The command line of measuring: runs, other people's sets, canaries, the audit of a corpus; errors as one line."""

import json

import pytest

import runs
from synthetrial import text
from synthetrial.corpus.demo import demo_corpus
from synthetrial.corpus.readers.own_jsonl import encode


@pytest.fixture
def corpus(tmp_path, command):
    """The demo corpus as a folder."""
    (tmp_path / "trials.jsonl").write_bytes(b"".join(encode(each) for each in demo_corpus().trials))
    assert command("corpus", "build", tmp_path / "trials.jsonl", "-o", tmp_path / "corpus", "--labels", "source")[0] == 0
    return tmp_path / "corpus"


def written(path, count, **changes):
    rows = [
        {"id": f"r{i}", "text": text.render(each.protocol), "label": i % 2, **changes}
        for i, each in enumerate(demo_corpus().trials[:count])
    ]
    path.write_text("".join(json.dumps(each) + "\n" for each in rows))
    return path


def test_a_set_without_provenance_is_measured_in_what_can_be(command, corpus, tmp_path):
    synthetic = written(tmp_path / "set.jsonl", 24)
    code, out, err = command(
        "evaluate", "--synthetic", synthetic, "--real", corpus, "--quick", "--only", "privacy,schema-validity", "--json"
    )
    found = json.loads(out)
    assert code == 1
    assert "4 metrics could not be computed: copy-span, copy-8gram, copy-13gram, membership-inference" in err
    assert {"dcr", "nndr", "copy-13gram-train", "identity-scan", "schema-validity"} <= set(found["metrics"])
    assert "name no exemplar" in found["skipped"]["copy-span"]
    assert json.loads((tmp_path / "set.jsonl.evaluation.json").read_text()) == found


def test_a_set_with_exemplars_is_measured_whole_and_written_where_asked(command, corpus, tmp_path):
    synthetic = written(tmp_path / "set.jsonl", 30)
    command("corpus", "split", corpus)
    train = [each for each, side in sorted(json.loads((corpus / "split.json").read_text())["sides"].items()) if side == "train"]
    (tmp_path / "e.csv").write_text("id,exemplar\n" + "".join(f"r{i},{train[i]}\n" for i in range(30)))
    flags = ("evaluate", "--synthetic", synthetic, "--real", corpus, "--exemplars", tmp_path / "e.csv", "--quick")
    code, out, err = command(*flags, "--only", "privacy", "-o", tmp_path / "out.json")
    assert (code, err) == (0, "")
    assert "membership-inference" in out
    assert str(tmp_path / "out.json") in out
    first = (tmp_path / "out.json").read_bytes()
    assert command(*flags, "--only", "privacy", "-o", tmp_path / "again.json")[0] == 0
    assert (tmp_path / "again.json").read_bytes() == first
    assert not (tmp_path / "set.jsonl.evaluation.json").exists()


def test_invalid_records_are_named_and_counted(command, corpus, tmp_path):
    synthetic = written(tmp_path / "set.jsonl", 12)
    with synthetic.open("ab") as file:
        file.write(
            b'{"id": "x", "text": "", "label": 1}\n{"id": "r1", "text": "brief_title: T\\nbrief_summary: S", "label": 1}\n'
        )
        file.write(b'{"id": "y", "text": "brief_title: T\\nbrief_summary: S", "label": NaN}\n{"text": "caf\xe9"}\n')
    code, out, err = command(
        "evaluate", "--synthetic", synthetic, "--real", corpus, "--only", "schema-validity", "--json", "--quick"
    )
    assert code == 0
    assert json.loads(out)["metrics"]["schema-validity"]["value"] == 0.75
    for said in ("(x): empty text", "(r1): duplicate id SYN-r1", "(y): label 'nan' is neither 0 nor 1", "line 16: not UTF-8"):
        assert said in err
    assert err.count("invalid: ") == 4


@pytest.mark.parametrize(
    ("count", "changes", "metric", "why"),
    [
        (12, {"label": 1}, "leak-probes", "12 of 12 records are labelled success"),
        (3, {}, "detection-auc", "10 of each are needed"),
    ],
)
def test_one_label_and_three_records_are_said_by_the_metrics(command, corpus, tmp_path, count, changes, metric, why):
    synthetic = written(tmp_path / "set.jsonl", count, **changes)
    code, out, err = command(
        "evaluate", "--synthetic", synthetic, "--real", corpus, "--quick", "--only", f"{metric},schema-validity"
    )
    assert code == 1
    assert f"1 metrics could not be computed: {metric}" in err
    assert why in " ".join(out.split())
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("evaluate",), 2, "give a run folder, or --synthetic FILE and --real CORPUS"),
        (("evaluate", "--synthetic", "x.jsonl"), 2, "--real CORPUS"),
        (("evaluate", "run", "--labels", "x.csv"), 2, "give a run folder"),
        (("evaluate", "--synthetic", "nowhere", "--real", "c"), 1, "nowhere: no such file"),
        (("corpus", "audit", "nowhere"), 1, "nowhere does not exist"),
        (("canary", "plant", "nowhere", "-o", "c"), 1, "nowhere does not exist"),
        (("canary", "plant", "demo", "-o", "c", "--n", 1), 2, "at least 2 canaries"),
    ],
)
def test_errors_are_one_line_with_their_exit_code(command, tmp_path, monkeypatch, arguments, code, said):
    monkeypatch.chdir(tmp_path)
    found, _, err = command(*arguments)
    assert (found, said in err) == (code, True)
    assert "Traceback" not in err


def test_the_audit_of_a_corpus(command, corpus):
    code, out, _ = command("corpus", "audit", corpus, "--quick", "--json")
    found = json.loads(out)
    assert (code, found["fires"], found["labels"]) == (0, [], {"0": 100, "1": 100})
    assert {each["probe"] for each in found["probes"]} >= {"source", "start year", "status words", "phase"}
    code, out, _ = command("corpus", "audit", "--quick")
    assert code == 0
    assert "Records whose text speaks of status: none" in out


def test_canaries_are_planted_generated_from_and_read(command, tmp_path):
    planted, run = tmp_path / "planted", tmp_path / "run"
    code, out, _ = command("canary", "plant", "demo", "-o", planted, "--n", 40, "--seed", 2, "--json")
    assert (code, json.loads(out)["planted"], json.loads(out)["kept_out"]) == (0, 20, 20)
    runs.make(runs.config(n=12, corpus=str(planted)), run)
    code, out, _ = command("evaluate", run, "--only", "canary-inference", "--quick", "--json")
    found = json.loads(out)["metrics"]["canary-inference"]
    assert code == 0
    assert (found["n"], found["details"]["planted"]) == (40, 20)
    assert 0 <= found["ci_low"] <= found["value"] <= found["ci_high"] <= 1
    assert "generate --corpus" in command("canary", "plant", "demo", "-o", planted)[1]
