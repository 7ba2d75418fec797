"""The run store keeps what it is given, also when the disk fills up, the file breaks or the process is killed."""

import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthetrial.errors import StoreError
from synthetrial.llm.model import Answer, Message, Request, Usage
from synthetrial.plan import Cell, Design, Shape
from synthetrial.run import database
from synthetrial.run.records import Call, CandidateKey, StoredCandidate
from synthetrial.run.store import FILE, RunStore
from synthetrial.trial import Protocol, Provenance, SyntheticTrial

PROTOCOL = Protocol(brief_title="Colchicine in Gout", conditions=("Gout",))
KEY = CandidateKey(0, 0, 0, 0)


def cell(index=0, round_=0):
    return Cell(
        index=index,
        drug="colchicine",
        names=("colchicine", "colcrys"),
        label=1,
        count=2,
        fold=0,
        rung="drug",
        exemplars=("DEMO-0001",),
        design=Design(conditions=("Gout",), interventions=(("DRUG", "Colchicine"),)),
        shape=Shape(title=4, arms=((2, 5),)),
        seed=17,
        round=round_,
    )


def completion(written):
    return Request(seed=3, max_tokens=9, prompt="Title: Gout\n" * 200, written=written, grammar="root ::= w")


def call(key="k", **changes):
    fields = {
        "key": key,
        "cell": 0,
        "attempt": 0,
        "stage": "write",
        "request": Request(seed=3, max_tokens=9, messages=(Message("user", "Write."),)),
        "answer": Answer(
            texts=("a", "b"),
            finish=("stop", "length"),
            usage=Usage(prompt_tokens=10, completion_tokens=5, cached_tokens=4),
            seconds=0.5,
            model="m",
        ),
    }
    return Call(**{**fields, **changes})


def candidate(key=KEY, state="passed", codes=(), **changes):
    fields = {"key": key, "text": "{}", "protocol": PROTOCOL, "state": state, "codes": codes, "details": codes}
    return StoredCandidate(**{**fields, **changes})


def trial(number=0):
    provenance = Provenance(
        cell=0, attempt=0, index=number, exemplars=("DEMO-0001",), rung="drug", plan={"drug": "colchicine"}, recipe="grounded",
        prompt_version="chat.v1", model="scripted", engine="scripted", sampling={"temperature": 1.0}, seed=1, date="2025-01-01",
    )  # fmt: skip
    return SyntheticTrial(id=f"SYN-{number:04}", protocol=PROTOCOL, label=1, reasons=(), provenance=provenance)


@pytest.fixture
def store(tmp_path):
    with RunStore.open(tmp_path / "run", create=True) as opened:
        yield opened


def test_meta_is_kept_as_plain_values(store):
    assert store.get_meta("config") is None
    store.set_meta("config", {"n": 3})
    store.set_meta("config", {"n": 4, "drugs": ["a", "b"]})
    assert store.get_meta("config") == {"n": 4, "drugs": ["a", "b"]}


def test_a_plan_is_stored_whole_and_once(store):
    assert tuple(store.cells()) == ()
    store.save_plan([cell(1), cell(0)])
    assert tuple(store.cells()) == (cell(0), cell(1))
    with pytest.raises(StoreError, match="has a plan already"):
        store.save_plan([cell(2)])
    assert tuple(store.cells()) == (cell(0), cell(1))


def test_a_plan_with_a_cell_twice_leaves_nothing(store):
    with pytest.raises(StoreError):
        store.save_plan([cell(0), cell(1), cell(1)])
    assert tuple(store.cells()) == ()


def test_a_cell_planned_anew_takes_the_place_of_the_old_one(store):
    store.save_plan([cell(0), cell(1)])
    store.replace_cell(cell(1, round_=1))
    store.replace_cell(cell(1, round_=2))
    assert tuple(store.cells()) == (cell(0), cell(1, round_=2))


def test_cells_of_the_same_exemplars_come_on_end_where_the_first_of_them_stands(store):
    def made_from(index, *exemplars, contrast=(), round_=0):
        return msgspec.structs.replace(cell(index, round_), exemplars=exemplars, contrast=contrast)

    store.save_plan(
        [
            made_from(0, "A", "B"), made_from(1, "C"), made_from(2, "A", "B"), made_from(3, "B", "A"),
            made_from(4, "A", contrast=("B",)), made_from(5, "C"),
        ]
    )  # fmt: skip
    assert [each.index for each in store.cells()] == [0, 2, 1, 5, 3, 4]
    store.replace_cell(made_from(2, "D", round_=1))
    assert [(each.index, each.round) for each in store.cells()][:3] == [(0, 0), (2, 1), (1, 0)]  # in its turn still


def test_the_plan_is_read_page_by_page_and_as_it_was_first(store):
    cells = [cell(index) for index in range(600)]  # one turn, over more than two pages
    store.save_plan(cells)
    store.replace_cell(cell(3, round_=1))
    assert [each.index for each in store.cells()] == list(range(600))
    assert list(store.planned()) == cells
    assert store.rounds(3) == (cell(3), cell(3, round_=1))
    with pytest.raises(StoreError, match="cell 700 is not in the plan"):
        store.rounds(700)


def test_candidates_of_a_cell_are_counted_by_state_and_round(store):
    for round_, state in ((0, "passed"), (0, "rejected"), (1, "passed"), (2, "accepted")):
        key = CandidateKey(0, round_, 0, len(store.candidates(0)))
        store.save_candidate(msgspec.structs.replace(candidate(), key=key, state=state))
    store.save_candidate(msgspec.structs.replace(candidate(), key=CandidateKey(1, 0, 0, 0), state="passed"))
    assert store.count_candidates(0, ("passed", "accepted")) == 3
    assert store.count_candidates(0, ("passed", "accepted"), before=2) == 2
    assert store.count_candidates(0, ("passed",), before=0) == 0


def test_a_prompt_of_many_calls_is_kept_once(store):
    calls = [call(f"k{n}", request=completion(f"Summary {n}")) for n in range(50)]
    for each in calls:
        store.save_call(each)
    assert list(store.calls()) == calls
    assert store.connection.execute("SELECT count(*) FROM prompts").fetchone() == (1,)
    assert sum(len(row[0]) for row in store.connection.execute("SELECT request FROM calls")) < 50 * 300


def test_the_tilt_that_all_calls_of_a_run_share_is_not_kept_with_each(store):
    tilted = msgspec.structs.replace(completion("Summary"), tilt=tuple((f" word{n}", 0.1) for n in range(1000)))
    store.save_call(call("k", request=tilted))
    assert next(store.calls()).request == completion("Summary")


def test_calls_are_found_by_key(store):
    assert store.find_call("k") is None
    store.save_call(call("k"))
    store.save_call(call("l", stage="reasons", cost=0.25, cache_hit=True, round=2))
    assert store.find_call("k") == call("k").answer
    assert list(store.calls()) == [call("k"), call("l", stage="reasons", cost=0.25, cache_hit=True, round=2)]


def test_a_call_of_an_unknown_stage_is_refused(store):
    with pytest.raises(StoreError, match="CHECK constraint"):
        store.save_call(call(stage="think"))
    assert list(store.calls()) == []


def test_candidates_come_back_by_cell_and_round(store):
    rejected = candidate(CandidateKey(0, 0, 1, 0), "rejected", ("parse",), protocol=None, text="half a rec\x00 ord é")
    later = candidate(CandidateKey(0, 1, 0, 0), "surplus")
    for each in (later, rejected, candidate(), candidate(CandidateKey(7, 0, 0, 0))):
        store.save_candidate(each)
    assert store.candidates(0) == (candidate(), rejected, later)
    assert store.candidates(0, 1) == (later,)
    assert store.candidates(5) == ()


def test_a_later_verdict_replaces_an_earlier_one_but_not_an_acceptance(store):
    store.save_candidate(candidate())
    store.save_candidate(candidate(state="rejected", codes=("duplicate",)))
    assert store.candidates(0) == (candidate(state="rejected", codes=("duplicate",)),)
    store.save_candidate(candidate())
    store.accept(trial(), 0, KEY)
    store.save_candidate(candidate(state="rejected", codes=("duplicate",)))
    assert store.candidates(0) == (candidate(state="accepted"),)


def test_accepted_trials_come_in_order_of_their_ordinals(store):
    for number in (2, 0, 1):
        key = CandidateKey(0, 0, 0, number)
        store.save_candidate(candidate(key, "surplus" if number else "passed"))
        store.accept(trial(number), number, key)
    assert store.count_trials() == 3
    assert list(store.trials()) == [trial(0), trial(1), trial(2)]


@pytest.mark.parametrize(("again", "ordinal"), [(0, 5), (1, 0)], ids=["id taken", "ordinal taken"])
def test_an_acceptance_that_fails_changes_nothing(store, again, ordinal):
    other = CandidateKey(0, 0, 0, 1)
    store.save_candidate(candidate())
    store.save_candidate(candidate(other))
    store.accept(trial(0), 0, KEY)
    with pytest.raises(StoreError, match="is accepted already"):
        store.accept(trial(again), ordinal, other)
    assert [each.state for each in store.candidates(0)] == ["accepted", "passed"]
    assert list(store.trials()) == [trial(0)]


@pytest.mark.parametrize("before", [None, "rejected"])
def test_only_a_candidate_that_passed_can_be_accepted(store, before):
    if before:
        store.save_candidate(candidate(state=before, codes=("copy",)))
    with pytest.raises(StoreError, match="no candidate that passed"):
        store.accept(trial(), 0, KEY)
    assert store.count_trials() == 0


def test_counts_say_where_the_run_stands(store):
    assert store.counts()["cost"] is None
    store.save_call(call("k", cost=0.5))
    store.save_call(call("l", cache_hit=True))
    verdicts = [
        ("passed", ()),
        ("rejected", ("copy", "identity")),
        ("rejected", ("copy",)),
        ("rejected", ("copy",)),
        ("surplus", ()),
    ]
    for number, (state, codes) in enumerate(verdicts):
        store.save_candidate(candidate(CandidateKey(0, 0, 0, number), state, codes))
    store.accept(trial(), 0, KEY)
    assert store.counts() == {
        "accepted": 1,
        "candidates": 5,
        "states": {"accepted": 1, "rejected": 3, "surplus": 1},
        "rejected_by": {"copy": 3, "identity": 1},
        "calls": 2,
        "cache_hits": 1,
        "prompt_tokens": 10,
        "completion_tokens": 5,
        "cached_tokens": 4,
        "seconds": 0.5,
        "cost": 0.5,
    }
    store.save_call(call("m"))
    assert store.counts()["cost"] is None  # a call that was made has no price


def test_stage_times_are_kept_in_order(store):
    store.save_stage("retrieve", 0.5)
    store.save_stage("write", 2.0, "24 cells")
    assert [(each.stage, each.seconds, each.detail) for each in store.stages()] == [
        ("retrieve", 0.5, None),
        ("write", 2.0, "24 cells"),
    ]
    assert store.stages()[0].created <= store.stages()[1].created


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.text(max_size=40), st.booleans()), max_size=6))
def test_what_goes_in_comes_out_after_reopening(rows):
    with tempfile.TemporaryDirectory() as folder:
        stored = [
            candidate(CandidateKey(0, 0, number, 0), "passed" if good else "rejected", () if good else (text,), text=text)
            for number, (text, good) in enumerate(rows)
        ]
        with RunStore.open(Path(folder), create=True) as store:
            for each in stored:
                store.save_candidate(each)
        with RunStore.open(Path(folder)) as store:
            assert store.candidates(0) == tuple(stored)


# --- opening -----------------------------------------------------------------------------------------------------------


def test_a_run_that_is_not_there_is_not_made(tmp_path):
    for opening in (RunStore.open, RunStore.read):
        with pytest.raises(StoreError, match="no run here; start one with"):
            opening(tmp_path / "none")
    assert list(tmp_path.iterdir()) == []


def test_a_run_can_be_read_while_it_is_written(store):
    store.save_candidate(candidate())
    with RunStore.read(store.folder) as reader:
        assert reader.count_trials() == 0
        store.accept(trial(), 0, KEY)
        assert list(reader.trials()) == [trial()]
        with pytest.raises(StoreError, match="read-only"):
            reader.set_meta("x", 1)


def test_a_second_writer_is_turned_away(store, tmp_path):
    with pytest.raises(StoreError, match=rf"another process \(pid {os.getpid()}\) is writing to this run") as refusal:
        RunStore.open(store.folder)
    assert "\n" not in str(refusal.value)
    store.set_meta("still", "mine")
    store.close()
    store.close()
    with RunStore.open(store.folder) as next_one:
        assert next_one.get_meta("still") == "mine"


def test_the_lock_dies_with_its_process(tmp_path):
    with RunStore.open(tmp_path, create=True):
        pass
    script = """
        import sys
        from pathlib import Path
        from synthetrial.run.store import RunStore
        store = RunStore.open(Path(sys.argv[1]))
        print("open", flush=True)
        input()
    """
    command = [sys.executable, "-c", textwrap.dedent(script), str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout.readline() == "open\n"
        with pytest.raises(StoreError, match=f"pid {writer.pid}"):
            RunStore.open(tmp_path)
        writer.kill()
        writer.wait()
        RunStore.open(tmp_path).close()


@pytest.mark.parametrize(
    "text", ["just a text, not a database at all, and longer than a header of one hundred bytes. " * 3, "\0" * 5000]
)
def test_a_file_that_is_no_database_is_refused_and_kept(tmp_path, text):
    (tmp_path / FILE).write_text(text)
    for opening in (RunStore.open, RunStore.read):
        with pytest.raises(StoreError, match="damaged or no run store; restore it"):
            opening(tmp_path)
    assert (tmp_path / FILE).read_text() == text
    (tmp_path / FILE).unlink()
    RunStore.open(tmp_path, create=True).close()  # the failed opening holds no lock


def test_a_database_of_another_program_is_refused_and_kept(tmp_path):
    with contextlib.closing(sqlite3.connect(tmp_path / FILE)) as other:
        other.execute("CREATE TABLE bookmarks (url)")
    before = (tmp_path / FILE).read_bytes()
    for opening in (RunStore.open, RunStore.read):
        with pytest.raises(StoreError, match="a database of another program"):
            opening(tmp_path)
    assert (tmp_path / FILE).read_bytes() == before


def test_a_newer_schema_is_refused(tmp_path):
    RunStore.open(tmp_path, create=True).close()
    with contextlib.closing(sqlite3.connect(tmp_path / FILE)) as other:
        other.execute("PRAGMA user_version = 99")
    for opening in (RunStore.open, RunStore.read):
        with pytest.raises(StoreError, match=r"made by a newer Synthetrial \(schema 99, this one knows \d\); upgrade"):
            opening(tmp_path)


def test_an_empty_file_left_by_a_kill_is_set_up_by_the_next_writer(tmp_path):
    (tmp_path / FILE).touch()
    with pytest.raises(StoreError, match="not set up yet"):
        RunStore.read(tmp_path)
    with RunStore.open(tmp_path) as store:
        assert store.counts()["candidates"] == 0


def test_an_older_schema_is_brought_up_without_loss(tmp_path, monkeypatch):
    with RunStore.open(tmp_path, create=True) as store:
        store.set_meta("kept", True)
    scripts = database._scripts()
    monkeypatch.setattr(database, "_scripts", lambda: [*scripts, "ALTER TABLE trials ADD COLUMN note TEXT;"])
    with pytest.raises(StoreError, match="made by an older Synthetrial"):
        RunStore.read(tmp_path)
    with RunStore.open(tmp_path) as store:
        assert store.get_meta("kept") is True
        assert store.connection.execute("SELECT note FROM trials").fetchall() == []
        assert store.connection.execute("PRAGMA user_version").fetchone() == (len(scripts) + 1,)


def test_a_migration_that_fails_leaves_the_old_schema(tmp_path, monkeypatch):
    RunStore.open(tmp_path, create=True).close()
    scripts = database._scripts()
    monkeypatch.setattr(database, "_scripts", lambda: [*scripts, "CREATE TABLE more (x); CREATE TABLE trials (y);"])
    with pytest.raises(StoreError, match="already exists"):
        RunStore.open(tmp_path)
    monkeypatch.setattr(database, "_scripts", lambda: scripts)
    with RunStore.open(tmp_path) as store:
        tables = {row[0] for row in store.connection.execute("SELECT name FROM sqlite_schema")}
    assert "trials" in tables
    assert "more" not in tables


def test_a_python_with_an_old_sqlite_is_told_so(tmp_path, monkeypatch):
    monkeypatch.setattr(database, "OLDEST_SQLITE", (99, 0, 0))
    with pytest.raises(StoreError, match="too old for a run store"):
        RunStore.open(tmp_path, create=True)


def test_another_program_that_holds_the_database_is_named_as_such(store, monkeypatch):
    with contextlib.closing(sqlite3.connect(store.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        store.connection.execute("PRAGMA busy_timeout = 1")
        with pytest.raises(StoreError, match="locked by another program"):
            store.set_meta("x", 1)
    store.set_meta("x", 1)


# --- faults of disk and file -------------------------------------------------------------------------------------------


def fill(store, most=100_000):
    """Stores accepted trials until something refuses; gives how many were promised."""
    for number in range(most):
        key = CandidateKey(0, 0, 0, number)
        store.save_candidate(candidate(key, text="x" * 2000))
        store.accept(trial(number), number, key)
    return most


def intact(folder, at_least):
    """Every promised trial is there, each with its candidate, and the file is sound."""
    with RunStore.open(folder) as store:
        assert store.connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        ids = [each.id for each in store.trials()]
        assert ids == [f"SYN-{number:04}" for number in range(len(ids))]
        assert len(ids) >= at_least
        assert store.counts()["states"].get("accepted", 0) == len(ids)
        return len(ids)


def count_until_refused(store):
    with pytest.raises(StoreError) as refusal:
        fill(store)
    assert "\n" not in str(refusal.value)
    return store.count_trials(), str(refusal.value)


def test_a_full_database_loses_nothing_that_was_promised(tmp_path):
    with RunStore.open(tmp_path, create=True) as store:
        store.connection.execute("PRAGMA max_page_count = 60")
        promised, message = count_until_refused(store)
    assert "the disk is full" in message
    assert "free some space and run the same command again" in message
    assert promised > 5
    assert intact(tmp_path, promised) == promised


def test_a_file_size_limit_loses_nothing_that_was_promised(tmp_path):
    script = f"""
        import resource, sys
        sys.path[:0] = {sys.path!r}
        from pathlib import Path
        from test_run_store import count_until_refused
        from synthetrial.run.store import RunStore
        store = RunStore.open(Path({str(tmp_path)!r}), create=True)
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
        print(*count_until_refused(store))
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, cwd=Path(__file__).parent
    )
    assert done.returncode == 0, done.stderr
    promised, message = done.stdout.split(" ", 1)
    assert "disk" in message
    assert int(promised) >= 5
    assert intact(tmp_path, int(promised)) == int(promised)


@pytest.fixture
def small_disk():
    """A file system of 1 MB; skipped where this user may not mount one."""
    with tempfile.TemporaryDirectory() as folder:
        mounted = shutil.which("mount") and subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], capture_output=True
        )
        if not mounted or mounted.returncode:
            pytest.skip("mounting a small file system takes root")
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", "-l", folder], check=True)


def test_a_full_disk_loses_nothing_and_the_run_goes_on_when_there_is_room(small_disk):
    with RunStore.open(small_disk / "run", create=True) as store:
        promised, message = count_until_refused(store)
    assert "the disk is full" in message
    assert intact(small_disk / "run", promised) == promised
    subprocess.run(["mount", "-o", "remount,size=4m", str(small_disk)], check=True)
    with RunStore.open(small_disk / "run") as store:
        key = CandidateKey(0, 0, 0, promised)
        store.save_candidate(candidate(key))
        store.accept(trial(promised), promised, key)
    assert intact(small_disk / "run", promised) == promised + 1


def test_a_disk_without_any_room_is_one_line(small_disk):
    with contextlib.suppress(OSError), (small_disk / "filler").open("wb", buffering=0) as filler:
        while filler.write(b"x" * 4096):
            pass
    with pytest.raises(StoreError, match="the disk is full"):
        RunStore.open(small_disk / "run", create=True)


def test_a_read_only_disk_can_be_read_but_not_written(small_disk):
    with RunStore.open(small_disk / "run", create=True) as store:
        fill(store, 3)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with RunStore.read(small_disk / "run") as reader:
        assert reader.count_trials() == 3
    for folder in ("run", "other"):
        with pytest.raises(StoreError, match=r"Read-only file system.*give a writable folder"):
            RunStore.open(small_disk / folder, create=True)


AS_NOBODY = """
import os, tempfile
from pathlib import Path
from synthetrial.errors import StoreError
from synthetrial.run.store import RunStore

with tempfile.TemporaryDirectory() as warm:  # whatever is imported on first use is imported while it can be
    RunStore.open(Path(warm), create=True).close()
    RunStore.read(Path(warm)).close()
if os.getuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
folder = Path({folder!r})
try:
    {action}
except StoreError as error:
    print(error)
"""


def as_nobody(folder, action):
    """Runs `action` as a user to whom permissions apply; gives what it prints."""
    script = AS_NOBODY.format(folder=str(folder), action=action)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture
def locked_folder():
    """A folder with a run that nobody may write to, outside pytest's own (private) folders."""
    folder = Path(tempfile.mkdtemp())
    with RunStore.open(folder, create=True) as store:
        fill(store, 3)
    folder.chmod(0o555)
    (folder / FILE).chmod(0o444)
    (folder / "run.lock").chmod(0o444)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


def test_a_read_only_folder_can_be_read(locked_folder):
    assert as_nobody(locked_folder, "print(len(list(RunStore.read(folder).trials())))") == "3"


@pytest.mark.parametrize("inside", ["", "new"], ids=["existing run", "new run"])
def test_a_read_only_folder_is_one_line(locked_folder, inside):
    before = (locked_folder / FILE).read_bytes()
    said = as_nobody(locked_folder, f"RunStore.open(folder / {inside!r}, create=True)")
    assert said == f"{locked_folder / inside}: cannot be written (Permission denied); give a writable folder with --out"
    assert (locked_folder / FILE).read_bytes() == before


def test_a_read_only_file_in_a_writable_folder_is_one_line(locked_folder):
    locked_folder.chmod(0o777)
    (locked_folder / "run.lock").chmod(0o666)
    said = as_nobody(locked_folder, "RunStore.open(folder).set_meta('x', 1)")
    assert said == f"{locked_folder / FILE}: read-only; make it writable, or give another --out"


def test_a_file_in_place_of_the_folder_is_one_line(tmp_path):
    (tmp_path / "run").write_text("in the way")
    with pytest.raises(StoreError, match="run: cannot be written"):
        RunStore.open(tmp_path / "run", create=True)
    assert (tmp_path / "run").read_text() == "in the way"


def test_a_folder_in_place_of_the_file_is_one_line(tmp_path):
    (tmp_path / FILE).mkdir()
    with pytest.raises(StoreError, match=f"{FILE}: cannot be opened"):
        RunStore.open(tmp_path, create=True)


def test_damaged_pages_are_one_line(tmp_path):
    with RunStore.open(tmp_path, create=True) as store:
        fill(store, 200)
    path = tmp_path / FILE
    whole = bytearray(path.read_bytes())
    whole[4096:] = bytes(byte ^ 0x5A for byte in whole[4096:])
    path.write_bytes(whole)
    with RunStore.read(tmp_path) as store, pytest.raises(StoreError, match="damaged or no run store") as refusal:
        list(store.trials())
    assert "\n" not in str(refusal.value)


def test_a_file_cut_short_is_one_line(tmp_path):
    with RunStore.open(tmp_path, create=True) as store:
        fill(store, 200)
    path = tmp_path / FILE
    os.truncate(path, path.stat().st_size // 2)
    with pytest.raises(StoreError, match="damaged or no run store"):
        list(RunStore.read(tmp_path).trials())


def test_a_row_that_another_hand_changed_is_one_line(store):
    store.save_plan([cell()])
    store.connection.execute("UPDATE plan SET json = '{\"index\": 0}'")
    with pytest.raises(StoreError, match="a row cannot be read"):
        list(store.cells())


def test_a_log_left_on_a_read_only_folder_is_one_line_or_readable(locked_folder):
    """After a kill the last commits stand in the log; who cannot replay it must not be shown less than was promised."""
    locked_folder.chmod(0o755)
    (locked_folder / FILE).chmod(0o644)
    script = """
        import os, sys
        from pathlib import Path
        from synthetrial.run.store import RunStore
        store = RunStore.open(Path(sys.argv[1]))
        store.set_meta("last", "promised")
        os._exit(9)
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(script), str(locked_folder)], check=False)
    (locked_folder / f"{FILE}-shm").unlink()
    (locked_folder / FILE).chmod(0o444)
    locked_folder.chmod(0o555)
    said = as_nobody(locked_folder, "print(RunStore.read(folder).get_meta('last'))")
    assert "cannot be opened" in said or said == "promised"


WRITER = """
    import sys
    sys.path[:0] = {path!r}
    from pathlib import Path
    from test_run_store import CandidateKey, candidate, trial
    from synthetrial.run.store import RunStore
    store = RunStore.open(Path({folder!r}), create=True)
    number = store.count_trials()
    while True:
        key = CandidateKey(0, 0, 0, number)
        store.save_candidate(candidate(key, text="x" * 3000))
        store.accept(trial(number), number, key)
        number += 1
        print(number, flush=True)
"""


def kill_repeatedly(folder, times):
    promised = 0
    for turn in range(times):
        script = textwrap.dedent(WRITER).format(path=sys.path, folder=str(folder))
        with subprocess.Popen(
            [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parent
        ) as writer:
            for _ in range(7 + 61 * turn):  # at another place each time
                promised = int(writer.stdout.readline())
            writer.send_signal(signal.SIGKILL)
            said = writer.stdout.read().split("\n")
            promised = max(promised, *(int(each) for each in said[:-1])) if len(said) > 1 else promised
        promised = intact(folder, promised)


def test_a_killed_writer_loses_nothing_that_was_promised(tmp_path):
    kill_repeatedly(tmp_path, 4)


@pytest.mark.soak
def test_a_writer_killed_often_loses_nothing_that_was_promised(tmp_path):
    kill_repeatedly(tmp_path, 25)
