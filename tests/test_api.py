"""The Python API: verbs that work whatever was imported before, in and out of an event loop; values that show themselves."""

import asyncio
import inspect
import signal
import subprocess
import sys
import threading

import msgspec
import pytest

import synthetrial as st
from faults_server import serve
from synthetrial.corpus.store import build
from synthetrial.errors import CorpusError, MissingExtraError, StoreError, UsageError
from synthetrial.generate.asking import StoppedError
from synthetrial.llm.scripted import ScriptedModel
from synthetrial.text import render

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Eight records, evaluated on two metrics."""
    run = st.generate(n=8, model="scripted", out=tmp_path_factory.mktemp("runs") / "run")
    st.evaluate(run, only=("copy-span", "schema-validity"), quick=True)
    return run


def fresh(script):
    """What a program of its own prints."""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize(
    "before",
    [
        "",
        "import synthetrial.generate.run, synthetrial.evaluate.evaluation, synthetrial.export.formats",
        "from synthetrial import generate, evaluate, export",
        "import synthetrial.api",
        "import synthetrial.cli",
    ],
)
def test_verbs_can_be_called_and_imported_from_whatever_came_before(before):
    said = fresh(
        f"{before}\nimport synthetrial as st\nprint(callable(st.generate), callable(st.evaluate), callable(st.export))\n"
        "import synthetrial.generate.run\nfrom synthetrial.evaluate.evaluation import Evaluation\n"
        "print(synthetrial.generate.run.generate.__name__, callable(st.generate), st.generate is synthetrial.generate)"
    )
    assert said == "True True True\ngenerate True True"


def test_importing_the_package_costs_nothing():
    heavy = ["numpy", "pyarrow", "sklearn", "rich", "typer", "synthetrial.config", "synthetrial.api"]
    assert fresh(f"import sys, synthetrial\nprint([each for each in {heavy} if each in sys.modules])") == "[]"


def test_verbs_have_the_signature_and_the_documentation_of_functions():
    from synthetrial import api

    for verb, function in ((st.generate, api.generate), (st.evaluate, api.evaluate), (st.export, api.export)):
        assert inspect.signature(verb) == inspect.signature(function)
        assert verb.__doc__ == function.__doc__
    assert set(st.__all__) <= set(dir(st))
    assert all(getattr(st, each) is not None for each in st.__all__)
    with pytest.raises(AttributeError, match="nonsense"):
        _ = st.nonsense


def test_a_corpus_is_the_demo_corpus_or_a_folder(tmp_path):
    assert len(st.load_corpus().trials) == 200
    with pytest.raises(CorpusError):
        st.load_corpus(tmp_path / "nowhere")


def test_a_run_goes_on_to_exactly_n(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    first = st.generate(n=4, model="scripted", seed=7)
    assert (str(first.folder), first.counts["accepted"]) == ("runs/demo-grounded-7", 4)
    assert st.generate(n=4, model="scripted", seed=7) == first == st.load_run(first.folder)
    with pytest.raises(StoreError, match="other settings"):
        st.generate(n=5, model="scripted", seed=7)
    with pytest.raises(UsageError, match="unknown key 'sed'"):
        st.generate(n=4, model="scripted", sed=7)
    with pytest.raises(StoreError, match="no run here"):
        st.load_run("nowhere")


def test_progress_is_shown_where_it_is_asked_for(tmp_path, capsys):
    st.generate(n=2, model="scripted", out=tmp_path / "quiet")
    assert capsys.readouterr() == ("", "")
    st.generate(n=2, model="scripted", out=tmp_path / "told", progress=True)
    said = capsys.readouterr()
    assert (said.out, "records 2/2" in said.err) == ("", True)


def test_a_loaded_corpus_is_split_and_generated_from(tmp_path):
    from synthetrial.corpus.opening import open_corpus

    st.export(st.generate(n=40, model="scripted", out=tmp_path / "first"), "jsonl", tmp_path / "records.jsonl")
    build([tmp_path / "records.jsonl"], tmp_path / "corpus", labels="source", allow_synthetic=True)
    corpus = st.load_corpus(tmp_path / "corpus", allow_synthetic=True)
    split = st.split(corpus, "random", seed=3, allow_synthetic=True)
    made = st.generate(n=2, model="scripted", corpus=corpus, out=tmp_path / "second", allow_synthetic=True)
    again = st.generate(n=2, model="scripted", corpus=tmp_path / "corpus", out=tmp_path / "second", allow_synthetic=True)
    assert made == again
    train = {trial for trial, side in split.sides.items() if side == "train"}
    assert {one for each in made.trials() for one in each.provenance.exemplars} <= train
    assert open_corpus(str(tmp_path / "corpus"), allow_synthetic=True).fingerprint == corpus.fingerprint


def test_the_demo_corpus_can_be_split_to_look_at():
    assert st.split(st.load_corpus(), "unseen-drug").kind == "unseen-drug"
    with pytest.raises(UsageError, match="unknown kind"):
        st.split(st.load_corpus(), "sideways")


def test_within_an_event_loop_the_same_run_comes_out(run, tmp_path):
    async def cell():
        return st.generate(n=8, model="scripted", out=tmp_path / "run")

    assert [each.id for each in asyncio.run(cell()).trials()] == [each.id for each in run.trials()]


def test_errors_come_out_of_the_thread_as_they_are(tmp_path):
    async def cell():
        return st.generate(n=8, model="scripted", drug="nonsensium", out=tmp_path / "run")

    with pytest.raises(UsageError, match="no training trial fits"):
        asyncio.run(cell())


class Interrupting(ScriptedModel):
    """Interrupts the main thread, as a notebook's stop does, while its third call is in flight."""

    asked = 0

    async def answer(self, request):
        self.asked += 1
        if self.asked == 3:
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
        return await super().answer(request)


def test_an_interrupted_notebook_stops_gently_and_goes_on(tmp_path):
    async def cell():
        return st.generate(n=24, model="scripted", base_url=server.base_url, concurrency=1, out=tmp_path / "run", cache=False)

    loop = asyncio.new_event_loop()
    with serve(Interrupting()) as server, pytest.raises(StoppedError, match="the same command goes on"):
        loop.run_until_complete(cell())
    assert st.load_run(tmp_path / "run").counts["accepted"] < 24
    with serve() as server:
        assert loop.run_until_complete(cell()).counts["accepted"] == 24
    loop.close()


def test_evaluations_are_kept_and_read_back(run):
    kept = run.evaluation
    assert list(kept.metrics) == ["schema-validity", "copy-span"]
    assert st.load_run(run.folder).evaluation == kept
    with pytest.raises(UsageError, match="nonsense"):
        st.evaluate(run, only="nonsense")
    assert list(st.evaluate(str(run.folder), only="copy-span", quick=True).metrics) == ["copy-span"]
    st.evaluate(run, only=("copy-span", "schema-validity"), quick=True)


def test_exports_are_what_the_command_line_writes(run, command, tmp_path):
    done = st.export(run, "jsonl", tmp_path / "mine.jsonl", full=True)
    assert (done.records, done.path) == (8, tmp_path / "mine.jsonl")
    command("export", run.folder, "-o", tmp_path / "theirs.jsonl", "--provenance", "full")
    assert (tmp_path / "mine.jsonl").read_bytes() == (tmp_path / "theirs.jsonl").read_bytes()
    assert st.export(run.folder).path == run.folder / "export" / "run.jsonl"
    with pytest.raises(UsageError, match="no format"):
        st.export(run, "xls")


def test_values_are_tables_where_pandas_is_there(run):
    pytest.importorskip("pandas")
    records = run.to_pandas()
    assert list(records.index) == [each.id for each in run.trials()]
    assert list(records["text"]) == [render(each.protocol) for each in run.trials()]
    assert records["synthetic"].all()
    assert set(records["label"]) == {0, 1}
    metrics = run.evaluation.to_pandas()
    assert list(metrics.index) == ["schema-validity", "copy-span"]
    assert metrics.loc["schema-validity", "value"] == 1
    assert metrics.loc["copy-span", "better"] == "lower"


def test_without_pandas_one_line_says_what_to_install(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(MissingExtraError, match="pip install pandas"):
        run.to_pandas()


def test_values_show_themselves_and_no_text_is_markup(run, tmp_path):
    assert "<td>200: 100 successes, 100 failures</td>" in st.load_corpus()._repr_html_()
    assert "<th>records accepted</th><td>8</td>" in run._repr_html_()
    assert "copy more than trials of one drug" in run._repr_html_()
    assert "Not evaluated yet" in st.Run(tmp_path, run.counts)._repr_html_()
    evaluation = msgspec.structs.replace(
        run.evaluation, run=HOSTILE, skipped={"detection-auc": HOSTILE}, failed=("detection-auc",)
    )
    corpus = msgspec.structs.replace(st.load_corpus(), label_rule=HOSTILE)
    for value in (evaluation, corpus, st.Run(tmp_path / HOSTILE, run.counts)):
        assert "<script" not in value._repr_html_()
        assert "&lt;script&gt;" in value._repr_html_()
