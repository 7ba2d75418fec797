"""A corpus is brought up to date: new trials come in, newer versions replace older ones, a kill leaves the old or the new."""

import random
import signal
import subprocess
import sys
import threading
import zipfile

import pytest

from synthetrial.corpus import build as building
from synthetrial.corpus import reading, store
from synthetrial.corpus.manifest import partitions, read_manifest
from synthetrial.corpus.opening import open_corpus, split_of
from synthetrial.corpus.readers.own_jsonl import encode
from synthetrial.errors import CorpusError
from synthetrial.trial import Outcome, Protocol, RegistryTrial, Source


def trial(number, title="A trial", date=None, status="COMPLETED"):
    return RegistryTrial(
        trial_id=f"NCT{number:08}",
        protocol=Protocol(brief_title=title, phases=("PHASE2",), conditions=("Gout",)),
        source=Source(format="v2-json", file="f.json", version_date=date),
        outcome=Outcome(overall_status=status),
    )


def source(path, *trials):
    path.write_bytes(b"".join(map(encode, trials)))
    return path


def titles(folder):
    return {each.trial_id: each.protocol.brief_title for each in store.load_corpus(folder).trials}


def test_new_trials_come_in_and_newer_versions_replace_older_ones(tmp_path):
    folder = tmp_path / "c"
    store.build([source(tmp_path / "a", trial(1, "one", "2020-01-01"), trial(2, "two", "2020-01-01"), trial(3))], folder)
    newer = source(
        tmp_path / "b",
        trial(1, "one, newer", "2021-01-01", status="TERMINATED"),
        trial(2, "two, older", "2019-01-01"),
        trial(4, "four"),
    )
    result = store.update([newer], folder)
    assert (result.read, result.kept, result.added, result.replaced, result.unchanged) == (3, 4, 1, 1, 1)
    assert titles(folder) == {
        "NCT00000001": "one, newer", "NCT00000002": "two", "NCT00000003": "A trial", "NCT00000004": "four",
    }  # fmt: skip
    corpus = store.load_corpus(folder)
    assert corpus.by_id("NCT00000001").label is None  # a stop without a reason: the corpus's own rule
    assert corpus.fingerprint == store.build([newer, tmp_path / "a"], tmp_path / "whole").fingerprint
    assert [each.path for each in read_manifest(folder).sources] == [str(tmp_path / "a"), str(newer)]


def test_another_text_under_the_same_date_is_counted_and_the_old_one_stays(tmp_path):
    folder = tmp_path / "c"
    store.build([source(tmp_path / "a", trial(1, "one", "2020-01-01"))], folder)
    result = store.update([source(tmp_path / "b", trial(1, "other", "2020-01-01"), trial(1, "one", "2020-01-01"))], folder)
    assert (result.unchanged, result.conflicting) == (2, 1)
    assert titles(folder) == {"NCT00000001": "one"}


def test_only_files_that_lose_a_trial_are_written_again_and_small_ones_together(tmp_path, monkeypatch):
    monkeypatch.setattr(building, "SMALL", 3)
    monkeypatch.setattr(building, "MOST_SMALL", 4)
    folder = tmp_path / "c"
    store.build([source(tmp_path / f"{each}", *(trial(3 * each + at) for at in range(3))) for each in range(2)], folder)
    first, second = partitions(folder)
    store.update([source(tmp_path / "newer", trial(1, date="2021-01-01"))], folder)
    assert second in partitions(folder)
    assert not first.exists()
    for number in range(10, 20):
        store.update([source(tmp_path / "one", trial(number))], folder)
    assert len(store.load_corpus(folder).trials) == 16
    assert len(partitions(folder)) <= 6
    assert set(partitions(folder)) == set((folder / "trials").iterdir())


def test_a_split_of_other_content_goes_and_one_of_the_same_stays(tmp_path):
    folder = tmp_path / "c"
    store.build([source(tmp_path / "a", *(trial(each) for each in range(9)))], folder)
    made = split_of(open_corpus(str(folder)))
    store.update([tmp_path / "a"], folder)
    assert split_of(open_corpus(str(folder))) == made
    store.update([source(tmp_path / "b", trial(10))], folder)
    assert not (folder / "split.json").exists()


def test_labels_of_a_file_are_kept_and_a_changed_file_is_told(tmp_path):
    folder, labels = tmp_path / "c", tmp_path / "labels.csv"
    labels.write_text("nct_id,label\nNCT00000001,0\nNCT00000002,1\n")
    store.build([source(tmp_path / "a", trial(1))], folder, labels=labels)
    store.update([source(tmp_path / "b", trial(2), trial(3))], folder)
    assert [each.label and each.label.value for each in store.load_corpus(folder).trials] == [0, 1, None]
    labels.write_text("nct_id,label\nNCT00000001,1\n")
    with pytest.raises(CorpusError, match=r"labels.csv, which gave .* its labels, is missing or was changed"):
        store.update([tmp_path / "b"], folder)


def test_two_writers_do_not_meet(tmp_path):
    from synthetrial.corpus.draft import draft

    store.build([source(tmp_path / "a", trial(1))], tmp_path / "c")
    with draft(tmp_path / "c"), pytest.raises(CorpusError, match=r"another process .* is writing to this corpus"):
        store.update([tmp_path / "a"], tmp_path / "c")


def test_several_processes_make_the_same_corpus_as_one(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "ONE_PROCESS", 0)
    for number in range(5):
        source(tmp_path / f"{number}.jsonl", *(trial(10 * number + at, f"title {at}") for at in range(20)))
    files = sorted(tmp_path.glob("*.jsonl"))
    two = store.build(files, tmp_path / "two", workers=2)
    one = store.build(files, tmp_path / "one", workers=1)
    assert two == one
    assert one.rejected == 40  # ids that occur twice
    assert store.load_corpus(tmp_path / "two").trials == store.load_corpus(tmp_path / "one").trials


def killed(tmp_path, times, seed):
    """Builds and updates that are killed at random moments; after each the corpus is one of those that were whole."""
    rng, folder = random.Random(seed), tmp_path / "c"
    old, new = tmp_path / "old.zip", tmp_path / "new.zip"
    for path, date in ((old, "2020-01-01"), (new, "2021-01-01")):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for number in range(400):
                archive.writestr(f"{number}.jsonl", encode(trial(number, f"title of {date}", date)))
    whole = {store.build([each], tmp_path / each.stem).fingerprint for each in (old, new)}
    store.build([old], folder)
    script = (
        "import sys; from synthetrial.corpus import reading, store; from pathlib import Path;"
        "reading.ONE_PROCESS = 0; print('ready', flush=True);"
        "getattr(store, sys.argv[1])([Path(sys.argv[2])], Path(sys.argv[3]), workers=2)"
    )
    ends = []
    for _ in range(times):
        step = rng.choice(["build", "update"])
        given = rng.choice([old, new])
        process = subprocess.Popen([sys.executable, "-c", script, step, given, folder], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        process.stdout.readline()
        timer = threading.Timer(rng.random() * 1.5, process.kill)
        timer.start()
        ends.append(process.wait())
        timer.cancel()
        corpus = store.load_corpus(folder)
        assert corpus.fingerprint in whole
        assert len(corpus.trials) == 400
        assert len({each.source.version_date for each in corpus.trials}) == 1
    store.update([new], folder)
    assert store.load_corpus(folder).fingerprint in whole
    assert set(partitions(folder)) == set((folder / "trials").iterdir())
    return ends


def test_a_kill_leaves_the_old_corpus_or_the_new_one(tmp_path):
    killed(tmp_path, 3, 0)


@pytest.mark.soak
def test_twenty_kills_leave_the_old_corpus_or_the_new_one(tmp_path):
    ends = killed(tmp_path, 20, 1)
    assert ends.count(-signal.SIGKILL) >= 5
