"""Nothing unreadable raises: each is one reject that says where and why, and what came before it is kept."""

import gzip
import io
import json
import lzma
import os
import zipfile
import zlib
from collections import Counter
from pathlib import Path

import pytest

from synthetrial.corpus.readers import Reject, aact, archive, json_values, read_source
from synthetrial.corpus.readers.documents import json_trial
from synthetrial.corpus.readers.reject import UnreadableError, fault

FIXTURES = Path(__file__).parent / "fixtures"
XML = (FIXTURES / "observational.xml").read_bytes()


def study(number=1, title="A trial"):
    return {"protocolSection": {"identificationModule": {"nctId": f"NCT{number:08}", "briefTitle": title}}}


def read(path):
    found = list(read_source(path))
    return [each.trial_id for each in found if not isinstance(each, Reject)], [
        each for each in found if isinstance(each, Reject)
    ]


def only_reject(path):
    kept, rejects = read(path)
    assert kept == []
    assert len(rejects) == 1
    return rejects[0]


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("empty.json", b"", "an empty file"),
        ("blank.jsonl", b" \n\n", "an empty file"),
        ("error.json", b"<!DOCTYPE html><html><body>502</body></html>", "an HTML page"),
        ("error.xml", b"  <html><head></head></html>", "an HTML page"),
        ("half.json", json.dumps(study()).encode()[:-9], "not a readable JSON record"),
        ("other.json", b'{"a": 1}', "no trial record"),
        ("array.json", b"[1]", "not a readable JSON record"),
        ("latin.json", '{"trial_id": "1", "brief_title": "caf\xe9"}'.encode("latin-1"), "not a readable JSON record"),
        ("types.json", b'{"protocolSection": {"identificationModule": {"nctId": 7}}}', "Expected `str | null`, got `int`"),
        ("noid.json", b'{"protocolSection": {"identificationModule": {"briefTitle": "T"}}}', "the record has no id"),
        ("notitle.json", b'{"protocolSection": {"identificationModule": {"nctId": "NCT1"}}}', "the record has no title"),
        ("blank.json", json.dumps(study(title=" \u200b")).encode(), "the record has no title"),
        ("mark.json", json.dumps(study(title="[SYNTHETIC] ")).encode(), "the record has no title"),
        ("label.json", b'{"id": "SYN-1", "label": 2, "protocol": {"brief_title": "T"}}', "label 2 is neither 0 nor 1"),
        ("deep.json", b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "not a readable JSON record"),
        ("deep-list.json", b"[" * 100_000, "broken JSON"),
        ("surrogate.json", b'[{"a": "\\ud800"}, {', "the 0 whole records before the break are kept"),
        ("words.json", b"[oops, {}]", "the 0 whole records before the break are kept"),
        ("lists.json", b'{"studies": 7}', "broken JSON"),
        ("feed.xml", b'<?xml version="1.0"?><rss><channel/></rss>', "the root element is <rss>"),
        ("half.xml", XML[:300], "not well-formed XML"),
        ("latin.xml", XML.replace(b"Nurses keep", "Caf\xe9 nurses keep".encode("latin-1")), "not well-formed XML"),
        ("codec.xml", b'<?xml version="1.0" encoding="x-none"?><clinical_study/>', "not well-formed XML"),
        ("noid.xml", XML.replace(b"nct_id", b"other_id"), "the record has no id"),
        ("notitle.xml", XML.replace(b"brief_title", b"other_title"), "the record has no title"),
        ("list.csv", b"a,b\n1,2\n", "no known trial format"),
        ("labels.csv", b"nct_id,label\nNCT1,1\n", "a label file, not trials: give it to --labels"),
        ("conditions.txt", b"id|nct_id|name\n1|NCT1|x\n", "an AACT table by itself"),
        ("noise.bin", bytes(range(128, 256)), "no known trial format"),
        ("noise.gz", b"\x1f\x8b" + b"no gzip" * 9, "cannot be read"),
        ("broken.zip", b"PK\x03\x04" + b"no zip" * 99, "corrupt zip"),
        ("none.gz", gzip.compress(b"", mtime=0), "an empty file"),
        ("twice.gz", gzip.compress(gzip.compress(b"{}", mtime=0), mtime=0), "a gzip within a gzip"),
    ],
)
def test_a_bad_file_is_one_reject(tmp_path, name, data, reason):
    (tmp_path / name).write_bytes(data)
    reject = only_reject(tmp_path / name)
    assert reject.source == name
    assert reason in reject.reason


@pytest.mark.parametrize(
    "entity",
    [
        b'<!DOCTYPE clinical_study [<!ENTITY b "ha"><!ENTITY a "&b;&b;&b;&b;&b;&b;&b;&b;">]>',
        b'<!DOCTYPE clinical_study [<!ENTITY a SYSTEM "file:///etc/hostname">]>',
        b'<!DOCTYPE clinical_study SYSTEM "http://127.0.0.1:9/x.dtd">',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_xml_bombs_and_outside_entities_are_refused_unread(tmp_path, entity, encoding):
    head, _, body = XML.decode().partition("\n")
    text = head.replace("UTF-8", encoding) + entity.decode() + body.replace("Nurses keep", "" if b"x.dtd" in entity else "&a;")
    (tmp_path / "bomb.xml").write_bytes(text.encode(encoding))
    assert "document type or entities" in only_reject(tmp_path / "bomb.xml").reason


def test_a_utf16_record_is_read(tmp_path):
    (tmp_path / "wide.xml").write_bytes(XML.decode().replace("UTF-8", "UTF-16").encode("utf-16"))
    assert read(tmp_path / "wide.xml") == (["NCT90000002"], [])


def test_a_bad_line_costs_only_itself(tmp_path):
    lines = [json.dumps(study(1)), '{"half', json.dumps(study(2, title="")), "<html>", json.dumps(study(3))]
    (tmp_path / "a.jsonl").write_text("\n".join(lines))
    kept, rejects = read(tmp_path / "a.jsonl")
    assert kept == ["NCT00000001", "NCT00000003"]
    assert [each.record for each in rejects] == ["line 2", "NCT00000002", "line 4"]


def test_a_bad_first_line_does_not_hide_the_others(tmp_path):
    (tmp_path / "a.txt").write_text('{"half\n' + json.dumps(study(1)))
    kept, rejects = read(tmp_path / "a.txt")
    assert (kept, [each.record for each in rejects]) == (["NCT00000001"], ["line 1"])


def test_a_broken_list_keeps_the_whole_records_before_the_break(tmp_path):
    whole = json.dumps({"studies": [study(1), study(2), study(3)]})
    (tmp_path / "page.json").write_text(whole[:-20])
    kept, (reject,) = read(tmp_path / "page.json")
    assert kept == ["NCT00000001", "NCT00000002"]
    assert "the 2 whole records before the break are kept" in reject.reason
    (tmp_path / "page.json").write_text(json.dumps([study(1) | {"hasResults": "soon"}, study(2)]))
    kept, (reject,) = read(tmp_path / "page.json")
    assert (kept, reject.record) == (["NCT00000002"], "NCT00000001")


@pytest.mark.parametrize("count", [40, 20_000])
@pytest.mark.parametrize("shape", ["lines", "list"])
def test_a_truncated_gzip_keeps_the_records_before_the_cut(tmp_path, count, shape):
    records = [json.dumps(study(number, title=f"{number * 7919 % 10007} trial")) for number in range(count)]
    data = "\n".join(records) if shape == "lines" else f"[{','.join(records)}]"
    packed = gzip.compress(data.encode())
    file = tmp_path / "cut.jsonl.gz" if shape == "lines" else tmp_path / "cut.json.gz"
    file.write_bytes(packed[: len(packed) * 3 // 4])
    kept, (reject,) = read(file)
    assert kept == [f"NCT{number:08}" for number in range(len(kept))]
    assert count / 2 < len(kept) < count
    assert reject.reason.startswith("truncated")


def test_a_truncated_gzip_of_one_record_is_one_reject(tmp_path):
    for name, data in (("a.json.gz", json.dumps(study(), indent=1).encode()), ("b.xml.gz", XML)):
        packed = gzip.compress(data)
        (tmp_path / name).write_bytes(packed[: len(packed) // 2])
        assert only_reject(tmp_path / name).reason.startswith("truncated")


def test_a_truncated_csv_drops_the_row_that_may_be_cut(tmp_path):
    rows = (FIXTURES / "top.csv").read_text().splitlines(keepends=True)
    data = rows[0] + "".join(
        f"NCT{number:08},completed,,1,phase 1,['a'],[],['b'],[],Adults aged {number**9}\n" for number in range(99)
    )
    packed = gzip.compress(data.encode())
    (tmp_path / "top.csv.gz").write_bytes(packed[: len(packed) * 3 // 4])
    kept, (reject,) = read(tmp_path / "top.csv.gz")
    assert 10 < len(kept) < 99
    assert reject.reason.startswith("truncated")


def test_csv_rows_that_do_not_fit_are_rejected_one_by_one(tmp_path):
    header = (FIXTURES / "top.csv").read_text().splitlines()[0]
    rows = ["NCT1,completed", "NCT2,completed,,1,phase 1,['a'],[],{1},[],x", ",completed,,1,phase 1,['a'],[],['b'],[],x"]
    good = "NCT4,completed,,-1,phase 1,,[],['b'],[],x"
    (tmp_path / "top.csv").write_text("\n".join([header, *rows, good]))
    kept, rejects = read(tmp_path / "top.csv")
    assert kept == ["NCT4"]
    assert [each.reason[:18] for each in rejects] == ["the row does not h", "column 'drugs' is ", "the record has no "]
    (tmp_path / "top.csv").write_bytes(header.encode() + b"\nNCT1,\xe9")
    assert "not a readable CSV" in only_reject(tmp_path / "top.csv").reason


def test_oversized_records_are_bounded(tmp_path, monkeypatch):
    from synthetrial.corpus.readers import documents

    monkeypatch.setattr(json_values, "MAX_RECORD", 2_000)
    monkeypatch.setattr(documents, "MAX_RECORD", 2_000)
    monkeypatch.setattr(documents, "MAX_DOCUMENT", 9_000)
    long = json.dumps(study(1, title="x" * 6_000))
    (tmp_path / "a.jsonl").write_text("\n".join([json.dumps(study(2)), long, json.dumps(study(3))]))
    kept, (reject,) = read(tmp_path / "a.jsonl")
    assert kept == ["NCT00000002", "NCT00000003"]
    assert (reject.record, reject.reason[:11]) == ("line 2", "larger than")
    (tmp_path / "one.json").write_text(long)
    assert only_reject(tmp_path / "one.json").reason.startswith("larger than")
    (tmp_path / "list.json").write_text(f"[{long}]")
    assert only_reject(tmp_path / "list.json").record == "record 1"
    (tmp_path / "list.json").write_text(f"[{long}, {long}]")
    assert "give it as .jsonl" in only_reject(tmp_path / "list.json").reason
    (tmp_path / "one.xml").write_bytes(XML + b" " * 2_000)
    assert only_reject(tmp_path / "one.xml").reason.startswith("larger than")


def zipped(path, members, **options):
    with zipfile.ZipFile(path, "w", **options) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def test_a_zip_member_with_a_bad_path_is_refused_and_the_others_are_read(tmp_path):
    names = ("../out.json", "/etc/out.json", "a/../../out.json", "C:/out.json", "..\\out.json")
    members = {name: json.dumps(study(9)) for name in names} | {"__MACOSX/._a.json": "x", "in.json": json.dumps(study(1))}
    kept, rejects = read(zipped(tmp_path / "a.zip", members))
    assert kept == ["NCT00000001"]
    assert len(rejects) == len(names)
    assert {each.reason for each in rejects} == {"its path leads outside the zip"}


def test_zip_bombs_are_refused_by_ratio_and_size(tmp_path, monkeypatch):
    bomb = {"bomb.json": b" " * 30_000_000, "in.json": json.dumps(study(1))}
    kept, (reject,) = read(zipped(tmp_path / "a.zip", bomb, compression=zipfile.ZIP_DEFLATED))
    assert kept == ["NCT00000001"]
    assert "zip bomb" in reject.reason
    monkeypatch.setattr(archive, "MAX_MEMBER", 50)
    kept, rejects = read(tmp_path / "a.zip")
    assert kept == []
    assert "the most is 50" in rejects[1].reason


def test_damaged_encrypted_and_nested_members(tmp_path):
    good, bad = json.dumps(study(1)), json.dumps(study(2))
    file = zipped(tmp_path / "a.zip", {"good.json": good, "bad.json": bad, "in.zip": b"PK\x03\x04"})
    data = file.read_bytes()
    file.write_bytes(data.replace(b"NCT00000002", b"NCT00000003", 1))  # the checksum no longer holds
    kept, rejects = read(file)
    assert kept == ["NCT00000001"]
    assert [each.source for each in rejects] == ["a.zip/bad.json", "a.zip/in.zip"]
    assert "Bad CRC-32" in rejects[0].reason
    assert "a zip within a zip" in rejects[1].reason
    directory = data.index(b"PK\x01\x02")
    for offset, value, reason in ((8, 1, "it is encrypted"), (10, 99, "compressed by a method (99)")):
        changed = bytearray(data)
        changed[directory + offset] = value
        file.write_bytes(changed)
        assert reason in read(file)[1][0].reason


def test_a_cut_zip_is_one_reject(tmp_path):
    file = zipped(tmp_path / "a.zip", {f"{number}.json": json.dumps(study(number)) for number in range(20)})
    file.write_bytes(file.read_bytes()[:-30])
    assert "corrupt zip" in only_reject(file).reason
    assert read(zipped(tmp_path / "none.zip", {})) == ([], [])


def test_damaged_gzip_data_is_told_from_a_cut(tmp_path):
    packed = bytearray(gzip.compress("\n".join(json.dumps(study(number)) for number in range(9)).encode()))
    packed[40:60] = bytes(20)
    (tmp_path / "a.jsonl.gz").write_bytes(packed)
    rejects = read(tmp_path / "a.jsonl.gz")[1]
    assert rejects[-1].reason.startswith(("corrupt compressed data", "cannot be read: CRC check failed"))


def test_odd_names_and_odd_files(tmp_path):
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / os.fsdecode(b"caf\xe9.json")).write_text(json.dumps(study(1)) + "\n")
    kept, reject = read_source(tmp_path)
    assert reject.reason == "not a regular file"
    assert kept.source.file.endswith("/caf?.json")


def test_an_absurd_enrolment_is_left_out_and_counted(tmp_path):
    record = study(1)
    record["protocolSection"]["designModule"] = {"enrollmentInfo": {"count": 10**30}}
    (tmp_path / "a.json").write_text(json.dumps(record))
    warnings = Counter()
    (trial,) = read_source(tmp_path / "a.json", warnings=warnings)
    assert trial.outcome.enrollment is None
    assert list(warnings) == [f"enrollment: '{10**30}'"]


def test_links_to_nowhere_are_rejected(tmp_path):
    (tmp_path / "link.json").symlink_to(tmp_path / "gone.json")
    assert only_reject(tmp_path).reason == "cannot be read: No such file or directory"


# --- AACT


def table(folder, name, text):
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.txt").write_bytes(text if isinstance(text, bytes) else text.encode())


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("conditions", "a|b\n1|2\n", "no column nct_id"),
        ("conditions", "id|nct_id|name\n1|NCT00000001\n", "row 2 has 2 fields, the header 3"),
        ("conditions", b"id|nct_id|name\n1|NCT00000001|\xe9\n", "not UTF-8"),
        ("conditions", b"", "no column nct_id"),
        ("keywords", "id|nct_id|name\n1|NCT00000009|x\n", "rows in other tables, but none in studies"),
    ],
)
def test_a_bad_table_is_one_reject(tmp_path, name, text, reason):
    table(tmp_path / "dump", "studies", "nct_id|brief_title\nNCT00000001|A trial\n\n")
    table(tmp_path / "dump", name, text)
    kept, (reject,) = read(tmp_path / "dump")
    assert kept == ["NCT00000001"]
    assert reason in reject.reason


def test_a_truncated_table_keeps_its_rows_before_the_cut(tmp_path):
    rows = "".join(f"NCT{number:08}|Trial {number * 7919 % 10007}\n" for number in range(3000))
    packed = gzip.compress(("nct_id|brief_title\n" + rows).encode())
    (tmp_path / "studies.txt.gz").write_bytes(packed[: len(packed) // 2])
    kept, (reject,) = read(tmp_path)
    assert 500 < len(kept) < 3000
    assert reject.source.endswith("/studies")
    assert reject.reason.startswith("truncated")


def test_an_unreadable_table_and_rows_without_title(tmp_path):
    (tmp_path / "studies.txt").write_text("nct_id|brief_title\nNCT00000001|\n|A title\n")
    (tmp_path / "conditions.txt.gz").write_bytes(b"no gzip")
    kept, rejects = read(tmp_path)
    assert kept == []
    assert [each.reason for each in rejects] == [
        "cannot be read: Not a gzipped file (b'no')", "the record has no title", "the record has no id",
    ]  # fmt: skip


def test_a_quoted_table_with_an_open_quote_is_bounded(tmp_path, monkeypatch):
    import csv

    from synthetrial.corpus.readers import aact_tables

    old = csv.field_size_limit(1_000)
    monkeypatch.setattr(aact_tables, "MAX_RECORD", 1_000)
    try:
        table(tmp_path, "studies", 'nct_id|brief_title\nNCT00000001|A trial\nNCT00000002|"Never ends\n' + "x\n" * 1_000)
        kept, (reject,) = read(tmp_path)
    finally:
        csv.field_size_limit(old)
    assert kept == ["NCT00000001"]
    assert "not a readable table" in reject.reason


def test_a_record_of_no_known_shape_names_what_is_missing():
    with pytest.raises(UnreadableError, match="neither protocolSection nor trial_id nor id and protocol"):
        json_trial(b'{"id": "x"}', "f", Counter())
    with pytest.raises(UnreadableError, match="label 7 is neither 0 nor 1"):
        json_trial(
            b'{"trial_id":"a","protocol":{"brief_title":"t"},"source":{"format":"x","file":"y"},"label":{"value":7,"rule":"r"}}',
            "f",
            Counter(),
        )
    assert json_trial(
        b'{"a":"' + b"x" * 300 + b'","protocolSection":{"identificationModule":{"nctId":"N","briefTitle":"T"}}}', "f", Counter()
    )


def test_a_table_that_cannot_be_opened_is_one_reject():
    def refused():
        raise PermissionError(13, "Permission denied")

    found = list(aact.read({"studies": refused}, 1, "dump", Counter()))
    assert found == [Reject("dump/studies", None, "cannot be read: Permission denied")]
    tables = {"studies": lambda: io.BytesIO(b"nct_id|brief_title\nNCT1|T\n"), "conditions": refused}
    reject, trial = aact.read(tables, 1, "dump", Counter())
    assert reject == Reject("dump/conditions", None, "cannot be read: Permission denied")
    assert trial.trial_id == "NCT1"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (EOFError(), "truncated"),
        (zlib.error("x"), "corrupt compressed data: x"),
        (lzma.LZMAError("x"), "corrupt compressed data: x"),
        (zipfile.BadZipFile("x"), "corrupt zip: x"),
        (OSError(5, "Input/output error"), "cannot be read: Input/output error"),
    ],
)
def test_faults_have_words(error, words):
    assert fault(error).startswith(words)
