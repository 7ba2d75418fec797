"""Fetching asks as the API documents it, stores what comes, goes on where it stopped, and brings in what is newer."""

import gzip
import shutil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fetching import fetched, ids, stored
from realdata import needs_real_data
from registry_server import real_or_made, serve, study
from synthetrial.corpus import store
from synthetrial.corpus.fetch import query as queries
from synthetrial.corpus.fetch.folder import about, about_all, about_updated, read_state
from synthetrial.corpus.fetch.into import into_corpus
from synthetrial.corpus.fetch.query import ALL, IDS_AT_ONCE, READ_BY_US, query
from synthetrial.corpus.fetch.run import fetch
from synthetrial.corpus.manifest import read_manifest
from synthetrial.errors import FetchError, UsageError


def test_all_studies_come_in_pages_by_token_each_once(tmp_path):
    with serve([study(number) for number in range(25)]) as server:
        found = fetched(server, tmp_path / "f", page_size=10)
        asked = server.pages
    assert ids(tmp_path / "f") == [f"NCT{number:08}" for number in range(25)]
    assert (found.done, found.studies, found.pages, found.total, found.requests) == (True, 25, 3, 25, 5)
    assert [each.get("countTotal") for each in asked] == ["true", None, None]
    assert [("pageToken" in each, each["pageSize"]) for each in asked] == [(False, "10"), (True, "10"), (True, "10")]
    changing = {"countTotal", "pageToken"}
    assert len({tuple(sorted((k, v) for k, v in each.items() if k not in changing)) for each in asked}) == 1
    assert found.data_timestamp == "2025-06-02T09:00:05"


def test_only_what_a_corpus_takes_is_asked_for_and_all_where_that_is_said(tmp_path):
    with serve([study(1)]) as server:
        fetched(server, tmp_path / "some")
        fetched(server, tmp_path / "all", query(fields=()))
        fetched(server, tmp_path / "few", query(fields=["BriefTitle"]))
        assert [each.get("fields") for each in server.pages] == [",".join(READ_BY_US), None, "NCTId,BriefTitle"]
    assert "resultsSection" not in stored(tmp_path / "some")[0]
    assert stored(tmp_path / "all") == [study(1)]
    assert stored(tmp_path / "few") == [
        {"protocolSection": {"identificationModule": {"nctId": "NCT00000001", "briefTitle": "colchicine in Gout, trial 1"}}}
    ]


@needs_real_data
def test_a_corpus_of_the_fields_we_ask_for_is_that_of_whole_records(tmp_path):
    with serve(real_or_made(150)) as server:
        fetched(server, tmp_path / "some", page_size=60)
        fetched(server, tmp_path / "all", query(fields=()), page_size=60)
    some, whole = (into_corpus(tmp_path / name, tmp_path / f"c-{name}") for name in ("some", "all"))
    assert some == whole
    assert (some.read, some.kept, some.rejected) == (150, 150, 0)
    assert some.fingerprint == store.load_corpus(tmp_path / "c-all").fingerprint


def test_records_are_stored_in_the_bytes_that_came_one_a_line(tmp_path):
    raw = b'{"protocolSection":{"identificationModule":{"nctId":"NCT00000009"}} ,  "n": 1.50,\n "s": "caf\\u00e9 \xe2\x82\xac"}'
    with serve([study(1), {"protocolSection": {"identificationModule": {"nctId": "x"}}}]) as server:
        server.pretty = True
        fetched(server, tmp_path / "f", query(fields=()))
        assert stored(tmp_path / "f")[0] == study(1)
        server.studies, server.raw = ["RAW0"], [raw]
        server._wanted = lambda each, asked: True
        fetched(server, tmp_path / "g", query(fields=()))
    [file] = (tmp_path / "g" / "studies").glob("*/*")
    assert gzip.decompress(file.read_bytes()) == raw.replace(b"\n", b" ") + b"\n"


def test_terms_and_filters_go_to_the_registry_under_its_names(tmp_path):
    studies = [
        study(1),
        study(2, condition="Asthma"),
        study(3, condition="Asthma"),
        study(4, condition="Asthma", drug="budesonide"),
    ]
    asked = query(cond="asthma", intr="colchicine", term="trial", status=["completed", "COMPLETED"])
    with serve(studies) as server:
        found = fetched(server, tmp_path / "f", asked, since="2024-05-01")
        [page] = server.pages
    assert ids(tmp_path / "f") == ["NCT00000002"]
    assert {name: value for name, value in page.items() if name.startswith(("query", "filter"))} == {
        "query.cond": "asthma",
        "query.intr": "colchicine",
        "query.term": "trial",
        "filter.overallStatus": "COMPLETED",
        "filter.advanced": "AREA[LastUpdatePostDate]RANGE[2024-05-01,MAX]",
    }
    assert found.since == "2024-05-01"


def test_a_long_list_of_ids_is_cut_some_parts_go_at_once_and_what_is_missing_is_named(tmp_path):
    wanted = [f"NCT{number:08}" for number in range(1, 5 * IDS_AT_ONCE)]
    with serve(
        [study(number) for number in range(1, 5 * IDS_AT_ONCE, 2)] + [study(9999, nctIdAliases=["NCT00000002"])]
    ) as server:
        server.together = 2
        found = fetched(server, tmp_path / "f", query(ids=wanted), ids=wanted, page_size=150)
        assert max(len(each["filter.ids"].split(",")) for each in server.pages) == IDS_AT_ONCE
    assert sorted(ids(tmp_path / "f")) == [f"NCT{number:08}" for number in range(1, 5 * IDS_AT_ONCE, 2)] + ["NCT00009999"]
    assert list(found.missing) == [f"NCT{number:08}" for number in range(4, 5 * IDS_AT_ONCE, 2)]
    assert found.total == found.studies == 5 * IDS_AT_ONCE // 2 + 1


def test_a_limit_stops_it_and_a_larger_one_or_none_goes_on(tmp_path):
    with serve([study(number) for number in range(25)]) as server:
        found = fetched(server, tmp_path / "f", page_size=10, most=15)
        assert (found.done, found.studies, found.total) == (False, 15, 25)
        assert [each["pageSize"] for each in server.pages] == ["10", "5"]
        assert fetched(server, tmp_path / "f", page_size=10, most=18).studies == 18
        assert fetched(server, tmp_path / "f", page_size=10, most=18).new_studies == 0
        assert fetched(server, tmp_path / "f", page_size=4).done
    assert ids(tmp_path / "f") == [f"NCT{number:08}" for number in range(25)]


def test_a_complete_fetch_is_not_made_again(tmp_path):
    said = []
    with serve([study(1)]) as server:
        fetched(server, tmp_path / "f")
        before = len(server.asked)
        found = fetched(server, tmp_path / "f", tell=said.append)
        assert len(server.asked) == before
    assert (found.requests, found.new_studies, found.studies) == (0, 0, 1)
    assert said == [f"{tmp_path / 'f'} is complete: 1 studies; --update brings what is newer"]


def test_nothing_that_fits_is_a_fetch_of_nothing(tmp_path):
    with serve([study(1)]) as server:
        found = fetched(server, tmp_path / "f", query(cond="no such thing"))
    assert (found.done, found.studies, found.pages, found.total) == (True, 0, 0, 0)
    with pytest.raises(FetchError, match="holds no studies"):
        into_corpus(tmp_path / "f", tmp_path / "c")


def test_a_page_may_be_empty_and_have_a_next_one(tmp_path):
    with serve([study(number) for number in range(6)]) as server:
        server.empty_pages = True
        found = fetched(server, tmp_path / "f", page_size=1)
    assert ids(tmp_path / "f") == [f"NCT{number:08}" for number in (0, 2, 4)]
    assert found.pages == 3


def test_an_update_brings_what_is_newer_and_the_corpus_follows(tmp_path):
    folder, corpus, said = tmp_path / "f", tmp_path / "c", []
    with serve([study(number) for number in range(1, 21)]) as server:
        fetched(server, folder, page_size=8)
        assert into_corpus(folder, corpus).kept == 20
        assert into_corpus(folder, corpus) is None
        assert fetched(server, folder, update=True, tell=said.append).new_studies == 0
        assert said == ["nothing is newer: the registry's data are of 2025-06-02T09:00:05, as at the last fetch"]
        server.data_timestamp = "2025-06-09T09:00:00"
        server.studies[4] = study(5, updated="2025-06-05", drug="probenecid")
        server.studies.append(study(21, updated="2025-06-01"))
        found = fetched(server, folder, update=True)
        assert (found.since, found.new_studies, found.studies, found.done) == ("2025-06-01", 2, 22, True)
        updated = into_corpus(folder, corpus)
    assert (updated.kept, updated.added, updated.replaced) == (21, 1, 1)
    assert store.load_corpus(corpus).by_id("NCT00000005").protocol.interventions[0].name == "probenecid"
    assert into_corpus(folder, tmp_path / "anew").fingerprint == updated.fingerprint


def test_an_update_of_a_corpus_of_unknown_origin_asks_from_its_newest_trial_on(tmp_path):
    with serve([study(1, updated="2024-01-05"), study(2, updated="2024-03-09")]) as server:
        fetched(server, tmp_path / "f")
        shutil.copytree(tmp_path / "f" / "studies" / "001", tmp_path / "copied")
        store.build([tmp_path / "copied"], tmp_path / "c")
        server.studies.append(study(3, updated="2024-03-10"))
        found = fetched(server, tmp_path / "g", update=True, corpus=tmp_path / "c")
        assert found.since == "2024-03-08"
        assert into_corpus(tmp_path / "g", tmp_path / "c").added == 1
        with pytest.raises(UsageError, match="holds no earlier fetch; give --corpus C"):
            fetched(server, tmp_path / "h", update=True)
    assert [each.trial_id for each in store.load_corpus(tmp_path / "c").trials] == ["NCT00000001", "NCT00000002", "NCT00000003"]
    assert read_manifest(tmp_path / "c").registry is None  # it is more than what this query gives


def test_what_a_corpus_knows_of_its_fetch_comes_before_its_dates(tmp_path):
    folder, corpus = tmp_path / "f", tmp_path / "c"
    with serve([study(1, updated="2024-01-05")]) as server:
        fetched(server, folder, query(cond="gout"))
        into_corpus(folder, corpus)
        told = about(folder / "studies" / "001")
        assert told == about(folder / "studies") == about(folder) == read_manifest(corpus).registry
        assert (told["url"], told["query"]["cond"], told["data_timestamp"]) == (server.url, "gout", "2025-06-02T09:00:05")
        assert fetched(server, tmp_path / "g", query(cond="gout"), update=True, corpus=corpus).since == "2025-06-01"
        said = r"was fetched with --cond 'gout', this is all studies; give the same query, or --since DATE$"
        with pytest.raises(FetchError, match=said):
            fetched(server, tmp_path / "h", update=True, corpus=corpus)
        server.data_timestamp = "2025-07-07T09:00:00"
        server.studies.append(study(2, updated="2025-07-01"))
        fetched(server, folder, query(cond="gout"), update=True)
        into_corpus(folder, corpus)
    assert read_manifest(corpus).registry["data_timestamp"] == "2025-07-07T09:00:00"


def test_a_file_of_the_same_name_that_is_not_ours_says_nothing(tmp_path):
    (tmp_path / "fetch.json").write_text('{"fetched": true}')
    assert about(tmp_path) is about(tmp_path / "fetch.json") is about(tmp_path / "nowhere") is None


def test_what_is_known_of_several_sources_is_of_the_query_that_gave_all_of_them(tmp_path):
    gout, update, asthma, other = (tmp_path / name for name in ("gout", "update", "asthma", "other"))
    other.mkdir()
    with serve([study(1)]) as server:
        fetched(server, gout, query(cond="gout"))
        fetched(server, asthma, query(cond="asthma"))
        server.data_timestamp = "2025-07-01T09:00:00"
        fetched(server, update, query(cond="gout"), since="2025-06-01")
    old, new = about(gout), about(update)
    assert about_all([gout]) == about_all([gout, update]) == old
    assert about_all([gout, asthma]) is about_all([gout, other]) is about_all([]) is None
    assert about_updated(old, [update]) == new
    assert about_updated(new, [gout]) == new
    assert about_updated(old, [asthma]) == about_updated(old, [other]) == old
    assert about_updated(None, [update]) is None


def test_data_that_change_meanwhile_are_told_and_the_update_covers_them(tmp_path):
    said = []
    with serve([study(number) for number in range(20)]) as server:

        def hook(number, moment):
            if (number, moment) == (1, "answered"):
                server.data_timestamp = "2025-06-03T09:00:00"

        server.hook = hook
        found = fetched(server, tmp_path / "f", page_size=10, tell=said.append)
        assert said == [
            "the registry's data changed from 2025-06-02T09:00:05 to 2025-06-03T09:00:00 meanwhile: pages may overlap (the "
            "newest version of a study is kept) or lack a study; --update brings what is newer"
        ]
        assert found.data_timestamp == "2025-06-02T09:00:05"
        assert fetched(server, tmp_path / "f", update=True).since == "2025-06-01"


def test_a_study_that_is_none_is_stored_and_rejected_when_it_is_read(tmp_path):
    with serve([study(1), "RAW0", "RAW1", study(2)]) as server:
        server.raw = [b"17", b'{"protocolSection": {"identificationModule": {"briefTitle": "nameless"}}}']
        server._wanted = lambda each, asked: True
        wanted = ("NCT00000001", "NCT00000002", "NCT00000003")
        found = fetched(server, tmp_path / "f", query(ids=wanted, fields=()), ids=wanted)
    assert (found.studies, found.missing) == (4, ("NCT00000003",))
    built = into_corpus(tmp_path / "f", tmp_path / "c")
    assert (built.read, built.kept, built.rejected) == (4, 2, 2)


def test_another_query_registry_or_day_in_the_same_folder_is_refused(tmp_path):
    folder = tmp_path / "f"
    with serve([study(1)]) as server, serve([study(1)]) as other:
        fetched(server, folder, query(cond="gout", status=["COMPLETED"]))
        with pytest.raises(
            FetchError, match=r"f holds --cond 'gout' --status COMPLETED, this is --intr 'x'; choose another folder$"
        ):
            fetched(server, folder, query(intr="x"))
        with pytest.raises(FetchError, match=r"was fetched from http.*, not http"):
            fetched(other, folder, query(cond="gout", status=["COMPLETED"]))
        with pytest.raises(FetchError, match=r"holds studies of any date, this is for studies updated since 2024-01-01;"):
            fetched(server, folder, query(cond="gout", status=["COMPLETED"]), since="2024-01-01")


def test_a_folder_of_something_else_or_damaged_is_refused_and_left_alone(tmp_path):
    (tmp_path / "notes").write_text("mine")
    with serve([study(1)]) as server:
        with pytest.raises(FetchError, match="exists and was not made by a fetch"):
            fetched(server, tmp_path)
        assert [each.name for each in tmp_path.iterdir()] == ["notes"]
        fetched(server, tmp_path / "f")
        state = (tmp_path / "f" / "fetch.json").read_bytes()
        (tmp_path / "f" / "fetch.json").write_bytes(state[:-20])
        with pytest.raises(FetchError, match=r"fetch.json cannot be read"):
            fetched(server, tmp_path / "f")
        (tmp_path / "f" / "fetch.json").write_bytes(state.replace(b'"format_version": 1', b'"format_version": 7'))
        with pytest.raises(FetchError, match="has format 7, this is for 1"):
            fetched(server, tmp_path / "f")
        (tmp_path / "f" / "fetch.json").write_bytes(state)
        (tmp_path / "f" / "studies" / "001" / "00001-00001.jsonl.gz").unlink()
        with pytest.raises(FetchError, match=r"00001-00001.jsonl.gz is missing, which .*fetch.json counts as fetched"):
            fetched(server, tmp_path / "f")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"page_size": 0}, "--page-size is 1 to 1,000"),
        ({"page_size": 1001}, "--page-size is 1 to 1,000"),
        ({"rate": 0}, "--rate is a number of requests a minute"),
        ({"rate": float("nan")}, "--rate is a number of requests a minute"),
        ({"most": 0}, "--max is at least 1"),
        ({"update": True, "since": "2024-01-01"}, "give it or --since, not both"),
        ({"url": "ftp://x"}, "--url 'ftp://x' is no http"),
        ({"asked": query(term="x" * 9000)}, r"makes a URL of 9,\d+ characters, and 8,000 is the most"),
    ],
)
def test_options_that_make_no_sense_are_told_before_anything_is_made(tmp_path, options, said):
    options = {"asked": query(), "url": "http://127.0.0.1:9", **options}
    with pytest.raises(UsageError, match=said):
        fetch(options.pop("asked"), tmp_path / "f", **options)
    assert not (tmp_path / "f").exists()


def test_ids_come_from_the_line_and_from_files_in_any_form(tmp_path):
    (tmp_path / "ids.csv").write_text('nct_id,label\n"NCT00000007",1\nnct00000002,0\n')
    assert queries.listed(["nct00000005,NCT00000001", f"@{tmp_path / 'ids.csv'}", "NCT00000005"]) == (
        "NCT00000001", "NCT00000002", "NCT00000005", "NCT00000007",
    )  # fmt: skip
    (tmp_path / "none").write_text("nothing here")
    for given_, kind, said in (
        ("NCT123", UsageError, "no NCT number"),
        (f"@{tmp_path / 'none'}", FetchError, "no NCT number in it"),
        (f"@{tmp_path / 'gone'}", FetchError, "cannot be read"),
    ):
        with pytest.raises(kind, match=said):
            queries.listed([given_])


def test_statuses_and_days_are_checked():
    assert query(status=["active not recruiting"]).status == ("ACTIVE_NOT_RECRUITING",)
    with pytest.raises(UsageError, match=r"--status DONE: no status of the registry; one of .*COMPLETED"):
        query(status=["done"])
    assert queries.day("2025-01-31") == "2025-01-31"
    with pytest.raises(UsageError, match="no date"):
        queries.day("last week")
    assert ALL not in READ_BY_US


@given(st.integers(0, 5 * IDS_AT_ONCE))
def test_ids_are_cut_without_loss_and_fit_a_url(count):
    wanted = [f"NCT{number:08}" for number in range(count)]
    cut = list(queries.chunks(wanted))
    assert [each for part in cut for each in part] == wanted
    assert len(cut) == max(1, -(-count // IDS_AT_ONCE))
    for each in cut:
        queries.parameters(query(ids=wanted), each, "2024-01-01")


def test_two_fetches_into_one_folder_do_not_meet(tmp_path):
    from synthetrial.corpus.fetch.folder import opened

    with serve([study(1)]) as server, opened(tmp_path / "f"), pytest.raises(FetchError, match="is writing to this fetch"):
        fetched(server, tmp_path / "f")


def test_a_disk_that_cannot_be_written_is_one_line_and_the_state_stays_whole(tmp_path, monkeypatch):
    from synthetrial.corpus.fetch import folder as folders
    from synthetrial.corpus.fetch import paging

    def full(path, studies):
        if path.name.startswith("00001-00002"):
            raise OSError(28, "No space left on device")
        return folders.write_page(path, studies)

    with serve([study(number) for number in range(30)]) as server:
        monkeypatch.setattr(paging, "write_page", full)
        with pytest.raises(FetchError, match="cannot be written: No space left on device; free the disk, then run the same"):
            fetched(server, tmp_path / "f", page_size=10)
        assert read_state(tmp_path / "f").rounds[0].runs[0].pages == 1
        monkeypatch.undo()
        assert fetched(server, tmp_path / "f", page_size=10).studies == 30
    assert ids(tmp_path / "f") == [f"NCT{number:08}" for number in range(30)]
