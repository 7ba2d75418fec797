"""report.html as it is written: what it says of a run in every state; it needs nothing else, and no text is markup."""

import json
import shutil
import sys

import pytest
from lxml import html

from runs import config, make
from shown_run import HOSTILE, shown_run
from synthetrial.errors import StoreError
from synthetrial.evaluate.figures import number
from synthetrial.evaluate.reading import FILE, load_evaluation
from synthetrial.evaluate.verdict import verdict
from synthetrial.report.report import write_report
from synthetrial.run.store import RunStore

SECTIONS = ["likeness", "copying", "usefulness", "leaks", "making", "metrics", "repeat"]


def read(path):
    """The page as a tree, its style and script left out of what is text."""
    tree = html.fromstring(path.read_bytes())
    for each in tree.xpath("//style"):
        each.drop_tree()
    return tree


def said(tree):
    """All text of a page, on one line."""
    return " ".join(tree.text_content().split())


def changed(run, change):
    """The run with its evaluation.json changed in place."""
    evaluation = json.loads((run / FILE).read_text())
    change(evaluation)
    (run / FILE).write_text(json.dumps(evaluation))
    return run


@pytest.fixture(scope="module")
def page(measured):
    return read(write_report(measured))


def test_the_first_screen_says_what_was_made_from_what_and_by_what(page):
    assert page.xpath("//h1")[0].text_content() == "25 synthetic trial records"
    facts = dict(zip((each.text for each in page.xpath("(//dl)[1]//dt")), page.xpath("(//dl)[1]//dd"), strict=True))
    told = {name: " ".join(each.text_content().split()) for name, each in facts.items()}
    assert "labelled success" in told["Made"]
    assert told["From"].startswith("the bundled demo corpus: 200 real trials, random split: 120 to write from")
    assert told["By"] == "scripted, recipe grounded, seed 0"
    assert page.xpath("//a[@href='browse.html']")


def test_the_verdict_is_there_word_for_word_with_its_figures(measured, page):
    evaluation = load_evaluation(measured)
    cards = page.xpath("//article")
    assert [each.xpath("h3")[0].text for each in cards] == [
        "Is it like real trials?",
        "Does it copy them?",
        "Does it help to predict outcomes?",
    ]
    for card, sentence in zip(cards, verdict(evaluation), strict=True):
        told = said(card)
        assert not [word for word in sentence.casefold().split() if word.rstrip(".:") not in told.casefold()]
    for name, card in (("detection-auc", cards[0]), ("membership-inference", cards[1]), ("utility", cards[2])):
        found = evaluation.metrics[name]
        assert number(found.value).lstrip("-") in said(card)
        assert number(found.ci_high).lstrip("-") in said(card)
        assert number(found.reference).lstrip("-") in said(card)


def test_every_section_is_there_and_every_link_leads_somewhere(page):
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))
    assert [each for each in ids if each in SECTIONS] == SECTIONS
    assert {each.removeprefix("#") for each in page.xpath("//a/@href") if each.startswith("#")} <= set(ids)
    named = {one for each in page.xpath("//@aria-labelledby") for one in each.split()}
    assert named <= set(ids)


def test_every_chart_has_a_title_a_description_a_caption_and_a_table_behind_it(page):
    parts = [each for each in page.xpath("//div[@class='part']") if each.xpath(".//*[@class='chart']")]
    assert len(parts) >= 20
    for part in parts:
        for chart in part.xpath(".//*[@class='chart']"):
            assert chart.get("role") == "img"
            assert chart[0].tag == "title"
            assert chart[0].text
            assert chart[1].tag == "desc"
            assert chart[1].text
        assert len(part.xpath(".//figcaption")[0].text_content()) > 40
        assert part.xpath("./details//table//td")


def test_every_metric_that_was_measured_stands_in_the_table_and_the_others_say_why_not(measured, page):
    evaluation = load_evaluation(measured)
    rows = {row[0].text: row for row in page.xpath("//table[@class='metrics']//tr[th[@scope='row']]")}
    assert set(rows) == {*evaluation.metrics, *evaluation.skipped}
    for name, found in evaluation.metrics.items():
        assert rows[name][1].text == number(found.value)
    for name, why in evaluation.skipped.items():
        assert why in rows[name].text_content()


def test_the_page_asks_for_nothing_and_runs_nothing(measured, page):
    assert not page.xpath("//script | //iframe | //object | //embed | //img | //form")
    assert not [each for each in page.xpath("//@*") if str(each.attrname).startswith("on")]
    assert all(each.startswith("data:") for each in page.xpath("//link/@href"))
    assert set(page.xpath("//a/@href")) <= {"browse.html", *(f"#{each}" for each in page.xpath("//@id"))}
    policy = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    style = html.fromstring((measured / "report.html").read_bytes()).xpath("//style")[0].text
    assert "url(" not in style
    assert "@import" not in style


def test_hostile_text_is_shown_as_text_in_tables_and_charts(page):
    kinds = next(each for each in page.xpath("//div[@class='part']") if each.xpath("h3[@id='kinds']"))
    assert HOSTILE.casefold() in kinds.xpath(".//table")[2].text_content()
    assert "</script><script>" in "".join(kinds.xpath(".//*[@class='chart']//text()"))


def test_what_was_refused_stands_by_code_with_what_the_check_demands(page):
    table = next(each for each in page.xpath("//div[@class='part']") if each.xpath("h3[@id='codes']"))
    rows = {row[0].text: row for row in table.xpath(".//tbody/tr")}
    assert {"copy", "design", "parse"} <= set(rows)
    assert rows["copy"][3].text == "the record is written, not copied."


def test_what_it_took_and_how_to_cite_and_repeat_are_there(measured, page):
    told = said(page)
    with RunStore.read(measured) as store:
        counts, made = store.counts(), store.get_meta("fingerprints")
    assert f"{counts['completion_tokens']:,}" in told
    assert made["corpus"] in told
    assert made["split"] in told
    assert "none of them a registered trial" in page.xpath("//blockquote")[0].text_content()
    assert "synthetrial generate --config small-run/config.toml" in told
    assert page.xpath("//details[summary='config.toml']/pre")[0].text == (measured / "config.toml").read_text()


def test_the_report_of_a_run_is_the_same_every_time_and_small(measured, evaluated):
    first = write_report(measured).read_bytes()
    assert write_report(evaluated).read_bytes() == first
    assert len(first) < 1_000_000


def test_a_run_that_was_not_evaluated_has_a_report_that_says_how(tmp_path):
    tree = read(write_report(shown_run(tmp_path / "fresh", 4)))
    assert "Not evaluated yet" in said(tree)
    assert "synthetrial evaluate fresh" in said(tree)
    assert [each for each in tree.xpath("//@id") if each in SECTIONS] == ["making", "repeat"]


def test_an_unfinished_run_and_one_without_a_record_have_reports_that_say_so(tmp_path):
    run = tmp_path / "unfinished"
    make(config(4, cache=False), run)
    with RunStore.open(run) as store:
        store.set_meta("wanted", 9)
    assert "Unfinished: 4 of 9 wanted records are there." in said(read(write_report(run)))
    with RunStore.open(run) as store:
        for table in ("trials", "candidates", "calls"):
            store.execute(f"DELETE FROM {table}", ())
    told = said(read(write_report(run)))
    assert "0 synthetic trial records" in told
    assert "No record is accepted yet." in told
    assert "Nothing is written yet." in told


def test_figures_of_other_records_or_another_split_are_called_so(evaluated):
    def older(evaluation):
        evaluation["metrics"]["schema-validity"]["n"] = 12
        evaluation["split"]["fingerprint"] = "f" * 64

    told = said(read(write_report(changed(evaluated, older))))
    assert "Measured when 12 records were there, now there are 25: measure again." in told
    assert "Measured on another split than the run was made from" in told


def test_a_set_that_names_somebody_and_labels_that_are_given_away_are_said_on_the_first_screen(evaluated):
    def found(evaluation):
        evaluation["metrics"]["identity-scan"] |= {"value": 2.0, "details": {"refuse": True, "kinds": {"person": 2}}}
        evaluation["metrics"]["leak-probes"]["details"]["fires"] = ["text length"]

    tree = read(write_report(changed(evaluated, found)))
    notices = [each.text_content() for each in tree.xpath("//p[@class='notice']")]
    assert any(each.startswith("Not to be published") for each in notices)
    assert any("text length" in each for each in notices)


def test_a_figure_whose_metric_is_missing_says_why(evaluated):
    def without(evaluation):
        for name in list(evaluation["metrics"]):
            evaluation["skipped"][name] = f"no {name} today"
        evaluation["metrics"] = {}

    tree = read(write_report(changed(evaluated, without)))
    told = said(tree)
    for name in ("detection-auc", "marginals", "associations", "cosine", "copy-span", "dcr", "membership-inference",
                 "identity-scan", "utility", "leak-probes"):  # fmt: skip
        assert f"{name} was not measured: no {name} today." in told
    assert "Does it look real? Not measured" in told


def test_an_evaluation_that_keeps_less_than_a_figure_needs_asks_to_be_made_again(evaluated):
    def older(evaluation):
        del evaluation["metrics"]["dcr"]["details"]["histogram"]
        del evaluation["metrics"]["copy-span"]["details"]["distribution"]["by_words"]
        del evaluation["metrics"]["detection-auc"]["details"]["term_shares"]

    told = said(read(write_report(changed(evaluated, older))))
    for name in ("dcr", "copy-span", "detection-auc"):
        assert f"{name} was measured by a version that does not keep what this figure shows" in told


def test_a_set_without_held_out_trials_or_controls_has_its_figures_without_them(evaluated):
    def alone(evaluation):
        metrics = evaluation["metrics"]
        for each in metrics.values():
            each["reference"] = None
            each["details"] |= {"reference_ci": None, "reference_distribution": None, "minus_held_out": "no held-out trial"}
        for each in metrics["marginals"]["details"]["fields"].values():
            each["reference"] = None
        metrics["dcr"]["details"]["histogram"]["real_to_train"] = None
        metrics["membership-inference"]["details"]["reference_attacks"] = None
        metrics["identity-scan"]["details"]["reference_kinds"] = {}
        kept = metrics["utility"]["details"]
        kept |= {
            "against_controls": {},
            "equal_size": [],
            "without": [],
            "missing_arms": {"recombined-exemplar": "no exemplar"},
        }
        kept["arms"] = [each for each in kept["arms"] if "exemplar" not in each["arm"]]

    tree = read(write_report(changed(evaluated, alone)))
    told = said(tree)
    assert "no reference" in told
    assert "No other arm was measured at this size." in told
    assert "sections mixed" in told
    assert tree.xpath("//h3[@id='copy-lengths']/..//*[@class='chart']")


def test_what_another_set_is_worth_stands_beside_the_run(evaluated):
    def joined(evaluation):
        arms = evaluation["metrics"]["utility"]["details"]["arms"]
        arms += [{**each, "arm": each["arm"].replace("shuffled-label", "published")} for each in arms if "shuff" in each["arm"]]

    tree = read(write_report(changed(evaluated, joined)))
    assert "published" in "".join(tree.xpath("//h3[@id='utility-gains']/..//*[@class='chart']//text()"))


def test_canaries_have_a_figure_of_their_own_where_the_corpus_holds_any(evaluated):
    def planted(evaluation):
        evaluation["metrics"]["canary-inference"] = evaluation["metrics"]["membership-inference"]

    assert "Can planted canaries be told from the set?" in said(read(write_report(changed(evaluated, planted))))


def test_without_the_extra_the_tables_are_open_and_one_line_says_what_brings_the_charts(evaluated, monkeypatch):
    monkeypatch.setitem(sys.modules, "vl_convert", None)  # as if it were not installed
    tree = read(write_report(evaluated))
    assert not tree.xpath("//*[@class='chart']")
    assert 'pip install "synthetrial[report]"' in said(tree)
    assert all("open" in each.attrib for each in tree.xpath("//div[@class='part']/details"))


def test_a_corpus_that_is_gone_or_changed_is_no_hindrance(evaluated, tmp_path):
    with RunStore.open(evaluated) as store:
        asked = store.get_meta("config")
        store.set_meta("config", {**asked, "corpus": str(tmp_path / "gone")})
    assert "The corpus is not where it was" in said(read(write_report(evaluated)))
    with RunStore.open(evaluated) as store:
        store.set_meta("config", asked)
        store.set_meta("fingerprints", {"corpus": "c" * 64, "split": "s" * 64})
    assert "The corpus or its split has changed" in said(read(write_report(evaluated)))


def test_no_run_and_a_damaged_evaluation_are_errors_of_one_line(evaluated, tmp_path):
    with pytest.raises(StoreError, match="no run here"):
        write_report(tmp_path / "nothing")
    RunStore.open(tmp_path / "never", create=True).close()
    with pytest.raises(StoreError, match="was never begun"):
        write_report(tmp_path / "never")
    (evaluated / FILE).write_text("{")
    with pytest.raises(StoreError, match="measure again"):
        write_report(evaluated)


def test_a_run_copied_elsewhere_without_its_settings_still_has_a_report(evaluated):
    (evaluated / "config.toml").unlink()
    moved = shutil.move(evaluated, evaluated.with_name("<b>moved"))
    tree = read(write_report(moved))
    assert tree.xpath("//bdi")[0].text == "<b>moved"
    assert not tree.xpath("//details[summary='config.toml']")
