"""One function for every format: whole or not at all, and said what is to be known."""

import pyarrow.parquet as pq
import pytest
from handed_out import damage, run_of, trial

from synthetrial.errors import StoreError, UsageError
from synthetrial.export.formats import FORMATS, export
from synthetrial.run.store import RunStore


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_is_written_into_the_runs_export_folder(run, format):
    done = export(run, format)
    assert done.records == 24
    assert done.path == run / "export" / FORMATS[format].file.format(run="demo")
    assert done.path.exists()


@pytest.mark.parametrize("format", FORMATS)
def test_an_export_that_fails_leaves_what_was_there(run, tmp_path, format):
    target = tmp_path / "out" / "set"
    export(run, format, target)
    damage(run)
    before = {each: each.read_bytes() for each in sorted(target.parent.rglob("*")) if each.is_file()}
    with pytest.raises(StoreError, match="a row cannot be read"):
        export(run, format, target)
    assert {each: each.read_bytes() for each in sorted(target.parent.rglob("*")) if each.is_file()} == before


@pytest.mark.parametrize("format", FORMATS)
def test_the_same_run_gives_the_same_bytes(run, tmp_path, format):
    both = [export(run, format, tmp_path / name / "set").path for name in ("a", "b")]
    files = [[path] if path.is_file() else sorted(each for each in path.rglob("*") if each.is_file()) for path in both]
    assert [each.read_bytes() for each in files[0]] == [each.read_bytes() for each in files[1]]


def words(path):
    """All text of an export."""
    if path.is_dir():
        return "".join(words(each) for each in path.rglob("*") if each.is_file())
    return str(pq.read_table(path).to_pylist()) if path.read_bytes().startswith(b"PAR1") else path.read_text()


@pytest.mark.parametrize("format", FORMATS)
def test_no_exemplar_is_named_unless_the_full_provenance_is_asked_for(run, tmp_path, format):
    with RunStore.read(run) as store:
        real = {one for each in store.trials() for one in each.provenance.exemplars}
    hidden = words(export(run, format, tmp_path / "hidden").path)
    assert not [each for each in real if each in hidden]
    told = words(export(run, format, tmp_path / "told", full=True).path)
    assert all(each in told for each in real) == (format not in ("v2-json", "txt"))


def test_an_unfinished_run_is_handed_out_with_a_note(tmp_path):
    folder = run_of(tmp_path / "run", trial())
    with RunStore.open(folder) as store:
        store.set_meta("wanted", 3)
    assert export(folder, "jsonl").notes == ("the run is not finished: 1 of 3 records",)


def test_what_cannot_be_asked_for_is_said_in_one_line(run):
    with pytest.raises(UsageError, match="no format 'xlsx': one of jsonl, parquet, csv, v2-json, hf, txt"):
        export(run, "xlsx")
    with pytest.raises(UsageError, match="--licence goes with --format hf"):
        export(run, "csv", licence="MIT")
