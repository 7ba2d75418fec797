"""AACT by columns: the quick reader gives what the plain one gives, buckets hold whole trials, and no fault loses a row."""

import csv
import gzip
import io
import zipfile
from collections import Counter
from functools import partial
from itertools import chain
from pathlib import Path

import msgspec
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realdata import DATA, needs_real_data
from synthetrial import canonical
from synthetrial.corpus.readers import Reject, aact, aact_buckets, aact_columns, aact_rows, aact_tables
from synthetrial.corpus.readers.aact_tables import WANTED, Dialect
from synthetrial.corpus.readers.archive import members
from synthetrial.corpus.readers.inflating import Inflating
from synthetrial.corpus.readers.reject import UnreadableError
from synthetrial.trial import RegistryTrial

FIXTURES = Path(__file__).parent / "fixtures"
QUOTED, PLAIN = Dialect(quoted=True, tilde=False), Dialect(quoted=False, tilde=False)


def tables(**found):
    """Tables from their text."""
    return {name: partial(io.BytesIO, text if isinstance(text, bytes) else text.encode()) for name, text in found.items()}


def fixture(name):
    return tables(**{path.stem: path.read_bytes() for path in (FIXTURES / name).iterdir()})


def real():
    return {
        path.name.removesuffix(".txt.gz"): partial(gzip.open, path, "rb") for path in (DATA / "raw" / "aact").glob("*.txt.gz")
    }


def in_memory(found):
    return list(aact.read(found, 0, "dump", Counter()))


def dealt(found, folder, size):
    """What the buckets of a dump give: trials by bucket, then all else."""
    folder.mkdir()
    spilled = aact.spill(found, folder, "dump", Counter(), size=size)
    return [list(aact.read_bucket(each, "dump", Counter())) for each in spilled.buckets], list(spilled.rejects)


def by_id(found):
    return sorted(found, key=lambda each: each.trial_id if isinstance(each, RegistryTrial) else f"~{each}")


# --- buckets


@pytest.mark.parametrize("name", ["aact_quoted", "aact_plain"])
@pytest.mark.parametrize(("size", "portions"), [(0, 1), (10**8, 5), (10**10, 5), (10**8, 40)])
def test_buckets_give_what_one_process_gives(tmp_path, monkeypatch, name, size, portions):
    monkeypatch.setattr(aact_buckets, "PORTIONS", portions)
    parts, rejects = dealt(fixture(name), tmp_path / "buckets", size)
    assert rejects == []
    assert by_id(chain.from_iterable(parts)) == by_id(in_memory(fixture(name)))


@needs_real_data
def test_buckets_give_every_real_trial_once(tmp_path):
    parts, rejects = dealt(real(), tmp_path / "buckets", aact_buckets.BUCKET * 12)
    assert (rejects, len(parts)) == ([], 13)
    assert all(80 < len(each) < 220 for each in parts)
    assert by_id(chain.from_iterable(parts)) == by_id(in_memory(real()))


def test_tables_larger_than_a_deal_keep_their_order(tmp_path, monkeypatch):
    monkeypatch.setattr(aact_buckets, "DEALT", 1_000)
    monkeypatch.setattr(aact_columns, "BLOCK", 500)
    ids = [f"NCT{number:08}" for number in range(200)]
    studies = "nct_id|brief_title\n" + "".join(f"{each}|Trial {each}\n" for each in ids)
    conditions = "id|nct_id|name\n" + "".join(
        f"{number}|{each}|condition {number}\n" for number in range(900, 890, -1) for each in ids
    )
    parts, rejects = dealt(tables(studies=studies, conditions=conditions), tmp_path / "buckets", 10**8)
    assert rejects == []
    trials = by_id(chain.from_iterable(parts))
    assert [each.trial_id for each in trials] == ids
    assert {each.protocol.conditions for each in trials} == {tuple(f"condition {n}" for n in range(891, 901))}


@given(st.lists(st.text(max_size=14), max_size=30))
def test_an_id_falls_to_the_same_bucket_wherever_it_stands(ids):
    together = aact_buckets.spread(pa.array(["x", *ids, "NCT00000001"], pa.string()).slice(1, len(ids))).tolist()
    assert together == [aact_buckets.spread(pa.array([each], pa.string()))[0] for each in ids]


def test_dates_of_results_hold_for_all_buckets(tmp_path):
    text = (
        "nct_id|brief_title|results_first_posted_date\n"
        + "".join(f"NCT{n:08}|T|\n" for n in range(50))
        + "NCT99999999|T|2020-01-01\n"
    )
    parts, _ = dealt(tables(studies=text), tmp_path / "buckets", 10**9)
    assert len(parts) > 5
    assert Counter(each.outcome.has_results for part in parts for each in part) == {False: 50, True: 1}


def test_an_empty_dump_has_no_buckets(tmp_path):
    assert dealt(tables(studies="nct_id|brief_title\n"), tmp_path / "buckets", 0) == ([], [])
    assert in_memory(tables(studies="nct_id|brief_title\n")) == []


# --- rows


def read_both(text, how):
    """Rows and faults of a table as the quick and as the plain reader give them."""
    found = []
    for quick in (True, False):
        bad, rows = [], []
        try:
            if quick:
                for batch in aact_columns.batches("interventions", partial(io.BytesIO, text), how, bad):
                    rows += zip(*(each.to_pylist() for each in batch.columns), strict=True)
            else:
                rows += map(tuple, aact_tables.rows("interventions", io.BytesIO(text), how, bad))
        except UnreadableError as error:
            bad.append(error)
        found.append((rows, [(each.record, each.reason) for each in bad]))
    return found


CELLS = st.text(st.sampled_from('ab1|"\n\r~ \\é\x00\u2028'), max_size=6)
HEADER = b"id|nct_id|name|description\n"


@settings(max_examples=200)
@given(st.lists(st.lists(CELLS, min_size=3, max_size=5), max_size=6), st.sampled_from(["\n", "\r\n"]))
def test_rows_of_quoted_dumps(rows, ending):
    out = io.StringIO(newline="")
    # Python's writer leaves "\\r" without quotes where it ends no line
    quoting = csv.QUOTE_ALL if ending == "\n" else csv.QUOTE_MINIMAL
    csv.writer(out, delimiter="|", lineterminator=ending, quoting=quoting).writerows(rows)
    quick, plain = read_both(HEADER + out.getvalue().encode(), QUOTED)
    assert quick == plain
    assert [row[1:2] for row in quick[0]] == [(row[0],) for row in rows if len(row) == 4]


@settings(max_examples=200)
@given(st.text(st.sampled_from('ab1|"\n\r~ \\é\x00'), max_size=60), st.booleans())
def test_any_text_is_read_the_same_way(text, quoted):
    quick, plain = read_both(HEADER + text.encode(), QUOTED if quoted else PLAIN)
    assert quick == plain


def many(count, odd, at):
    """A table of `count` rows with bytes in place of the row `at`."""
    rows = [b"%d|NCT%08d|name|text\n" % (number, number) for number in range(count)]
    rows[at] = odd
    return HEADER + b"".join(rows)


@pytest.mark.parametrize(
    ("odd", "kept", "reason"),
    [
        (b"7|NCT00000007|" + b"long " * 2_000 + b"|x\n", 500, None),
        (b"7|NCT00000007|a\rb|x\n", 500, None),
        (b"7|NCT00000007|x\n", 499, "row 402 has 3 fields, the header 4"),
        (b"7|NCT00000007|\xff|x\n", 400, "not UTF-8"),
    ],
)
def test_an_odd_row_far_down_loses_no_other(monkeypatch, odd, kept, reason):
    monkeypatch.setattr(aact_columns, "BLOCK", 4_000)
    quick, plain = read_both(many(500, odd, 400), PLAIN)
    assert quick == plain
    rows, bad = quick
    # the decoder is a buffer ahead of the rows
    assert kept - 300 * (kept == 400) <= len(rows) <= kept
    assert bad == [] if reason is None else reason in bad[0][1]


def test_rows_of_another_width_are_named_once(monkeypatch):
    monkeypatch.setattr(aact_columns, "BLOCK", 4_000)
    text = many(500, b"7|NCT00000007|x\n", 3).replace(b"|NCT00000450|", b"|NCT00000450|\r", 1)
    quick, plain = read_both(text, PLAIN)
    assert quick == plain
    assert [reason for _, reason in quick[1]] == ["row 5 has 3 fields, the header 4"]


# --- cells and trials


@given(
    st.lists(st.text(max_size=20) | st.text(st.sampled_from("ab  \t\n\x0b\x1f\\>~é\u200b\u0301"), max_size=8), max_size=9),
    st.booleans(),
)
def test_columns_of_lines_are_canonical(cells, tilde):
    cells = [each for each in cells if each.isprintable() or each.encode("utf-8", "replace").decode() == each]
    batch = aact_columns.from_rows("conditions", [["NCT1", "1", each] for each in cells])
    wanted = [canonical.line(aact_tables.newlines(each) if tilde else each) for each in cells]
    rows = aact_rows.Rows({"conditions": [batch]} if cells else {"studies": [aact_columns.from_rows("studies", [])]}, tilde)
    assert rows.lines("conditions", "name").tolist() == wanted


TEXT = st.text(st.sampled_from("abc  \n\\>*-[é."), max_size=12)


@given(st.data())
def test_trials_are_canonical(data):
    found = {}
    for table, columns in WANTED.items():
        rows = data.draw(st.lists(st.tuples(*[TEXT] * len(columns)), min_size=1, max_size=3))
        if table == "studies":
            rows = rows[:1]
        ids = {"id": str, "intervention_id": str, "design_group_id": str, "nct_id": lambda _: "NCT1"}
        kinds = {"outcome_type": "primary", "lead_or_collaborator": "lead", "mesh_type": ""}
        found[table] = [
            aact_columns.from_rows(
                table,
                [
                    [ids[c](n) if c in ids else kinds.get(c, cell) for c, cell in zip(columns, row, strict=True)]
                    for n, row in enumerate(rows)
                ],
            )
        ]
    (trial,) = aact.trials(found, aact.Dump(tilde=False, results_known=False), "dump", Counter())
    if isinstance(trial, Reject):
        assert trial.reason == "the record has no title"
    else:
        assert trial.protocol == canonical.protocol(trial.protocol)


def test_other_rows_of_a_trial_in_studies_are_told():
    reject, first = in_memory(tables(studies="nct_id|brief_title\nNCT1|A\nNCT1|B\n"))
    assert first.protocol.brief_title == "A"
    assert reject == Reject("dump", "NCT1", "2 rows in studies; the first is read")


def test_ids_that_are_no_numbers_sort_as_digits_do():
    found = in_memory(
        tables(
            studies="nct_id|brief_title\nNCT1|A\n",
            keywords="nct_id|id|name\nNCT1|10|ten\nNCT1||none\nNCT1|9|nine\nNCT1|x1|last\n",
        )
    )
    assert found[0].protocol.keywords == ("none", "nine", "ten", "last")


def test_marked_titles_of_a_dump_are_synthetic():
    (trial,) = in_memory(tables(studies="nct_id|brief_title\nNCT1|[SYNTHETIC] A\n"))
    assert (trial.synthetic, trial.protocol.brief_title) == (True, "A")


# --- large members of a zip


@pytest.fixture
def packed(tmp_path):
    path = tmp_path / "dump.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("first.txt", b"first")
        out.writestr("studies.txt", "".join(f"{number * 7919 % 10007}\n" for number in range(200_000)))
    return path


def member(path, **changed):
    return msgspec.structs.replace(members(path, "dump.zip")[0][1], **changed)


def test_a_member_is_inflated_as_a_stream(packed):
    wanted = zipfile.ZipFile(packed).read("studies.txt")
    with io.BufferedReader(Inflating(packed, member(packed)), 1_000) as stream:
        assert stream.readline() == b"0\n"
        assert stream.read() == wanted[2:]


@pytest.mark.parametrize(
    ("changed", "error", "words"),
    [
        ({"crc": 1}, zipfile.BadZipFile, "Bad CRC-32"),
        ({"size": 1_000}, zipfile.BadZipFile, "a zip bomb"),
        ({"size": 10**9}, zipfile.BadZipFile, "Bad CRC-32"),
        ({"offset": 5}, zipfile.BadZipFile, "no member where"),
        ({"packed": 5_000}, EOFError, None),
    ],
)
def test_a_member_that_is_not_what_the_zip_says(packed, changed, error, words):
    with pytest.raises(error, match=words):
        io.BufferedReader(Inflating(packed, member(packed, **changed))).read()
