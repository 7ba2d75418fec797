"""browse.html in a browser: found, compared, walked by keyboard, linked to, shown as text whatever the text is."""

import re

import pytest

from runs import stored
from shown_run import COPY_ID, EMOJI, HOSTILE, HOSTILE_ID, RTL, UNREADABLE_ID
from synthetrial.report.browse import write_browse

pytestmark = pytest.mark.browser

NARROW = {"viewport": {"width": 390, "height": 844}}
VIEWS = {
    "list": ("#/record", {}),
    "record": (f"#/record/{HOSTILE_ID}", {}),
    "rejected": (f"#/rejected/{COPY_ID}", {}),
    "narrow list": ("#/record", NARROW),
    "narrow record": (f"#/record/{HOSTILE_ID}", NARROW),
}


@pytest.fixture(scope="module")
def written(run):
    """The page of the run."""
    return write_browse(run)


@pytest.fixture
def browse(opened, written):
    """The page at a hash, once its list is drawn."""

    def at(hash="", **options):
        page = opened(written, hash, **options)
        page.locator("#status").filter(has_text="record").wait_for()
        return page

    return at


@pytest.fixture
def trials(run):
    return stored(run, "trials")


def ids(page):
    """The ids in the list, from the top."""
    return page.locator("[role=option] .id").all_inner_texts()


def title(page):
    """The title of the opened record, once it is drawn."""
    return page.locator("#record[aria-busy=false] h2").inner_text()


def search(page, text):
    """Type into the search and wait until all texts have been searched."""
    page.get_by_role("searchbox").fill(text)
    page.locator("#status").filter(has_not_text="reading").wait_for()


def first_shared(page):
    """The words of the first phrase that is marked in the record, and in the exemplar."""
    return [page.locator(f"tbody td[data-of^={of}] mark.shared").first.inner_text() for of in ("Synthetic", "Exemplar")]


def test_the_list_holds_every_record_and_draws_those_in_view(browse, trials):
    page = browse()
    assert page.locator("#status").inner_text() == f"{len(trials)} records"
    assert ids(page) == [each.id for each in trials][: len(ids(page))]
    assert len(ids(page)) < len(trials)
    page.locator("#list").evaluate("list => list.scrollTo(0, list.scrollHeight)")
    page.locator(".id", has_text=trials[-1].id).wait_for()
    assert page.locator("[role=option]").last.get_attribute("aria-posinset") == str(len(trials))


def test_a_drugs_trials_are_found_by_typing_its_name(browse, trials):
    drug = trials[0].provenance.plan["drug"]
    page = browse()
    search(page, f"drug:{drug}")
    assert ids(page) == [each.id for each in trials if each.provenance.plan["drug"] == drug]
    search(page, drug)
    assert trials[0].id in ids(page)


def test_the_texts_are_searched_for_words_and_phrases(browse, trials):
    summary = trials[2].protocol.brief_summary.split()
    page = browse()
    search(page, '"' + " ".join(summary[:6]).upper() + '"')
    assert trials[2].id in ids(page)
    search(page, f'"{summary[0]} {summary[0]} {summary[0]}"')
    assert ids(page) == []
    assert page.get_by_text("No record matches.").is_visible()


def test_facets_narrow_the_list_and_count_what_each_value_would_leave(browse, trials):
    page = browse()
    failed = [each.id for each in trials if each.label == 0]
    options = page.locator("[data-facet=label] option").all_inner_texts()
    assert options == ["any", f"failure ({len(failed)})", f"success ({len(trials) - len(failed)})"]
    page.get_by_role("combobox", name="label", exact=True).select_option("failure")
    assert ids(page) == failed[: len(ids(page))]
    assert page.locator("#status").inner_text() == f"{len(failed)} records of {len(trials)}"
    phases = page.locator("[data-facet=phase] option:not([hidden])").all_inner_texts()
    assert sum(int(re.search(r"\((\d+)\)", each)[1]) for each in phases[1:]) >= len(failed)
    page.get_by_role("button", name="Clear").click()
    assert page.locator("#status").inner_text() == f"{len(trials)} records"


def test_the_list_can_be_sorted(browse, trials):
    page = browse()
    page.get_by_role("combobox", name="sort", exact=True).select_option("p")
    lowest = sorted(trials, key=lambda each: each.provenance.p_label)
    assert [ids(page)[0], ids(page)[3]] == [lowest[0].id, lowest[3].id]


def test_a_record_stands_beside_each_of_its_exemplars(browse, trials):
    page = browse(f"#/record/{trials[1].id}")
    assert title(page) == f"[SYNTHETIC] {trials[1].protocol.brief_title}"
    tabs = page.get_by_role("tab")
    assert [each.split()[0] for each in tabs.all_inner_texts()] == list(trials[1].provenance.exemplars)
    tabs.nth(1).click()
    assert trials[1].provenance.exemplars[1] in page.locator("thead .exemplar").inner_text()
    assert page.get_by_role("tabpanel").get_by_role("rowheader", name="Summary").is_visible()
    tabs.nth(1).press("ArrowRight")
    assert tabs.nth(2).get_attribute("aria-selected") == "true"
    assert tabs.nth(2).evaluate("tab => tab === document.activeElement")


def test_phrases_that_both_have_are_marked_in_both(browse):
    page = browse(f"#/rejected/{COPY_ID}")
    assert title(page)
    mine, theirs = first_shared(page)
    assert mine == theirs
    assert len(re.findall(r"\w+", mine)) >= 6
    assert re.search(r"\d+ of \d+ words", page.get_by_role("tabpanel").inner_text())


def test_a_quote_leads_to_where_it_stands_in_its_exemplar(browse, trials):
    page = browse(f"#/record/{trials[0].id}")
    for number, evidence in enumerate(each for reason in trials[0].reasons for each in reason.evidence):
        page.locator("button.quote").nth(number).click()
        assert page.get_by_role("tab", selected=True).inner_text().startswith(evidence.trial_id)
        found = page.locator("mark.quoted").all_inner_texts()
        words = re.findall(r"\w+", " ".join(found).lower())
        assert words == re.findall(r"\w+", evidence.quote.lower())[-len(words) :]
        assert page.locator("mark.quoted").first.evaluate("mark => mark === document.activeElement")
        assert page.locator("mark.quoted").first.evaluate(
            "mark => mark.getBoundingClientRect().top > 0 && mark.getBoundingClientRect().bottom < innerHeight"
        )


def test_plan_and_provenance_open_and_stay_open_for_the_next_record(browse, trials):
    page = browse(f"#/record/{trials[0].id}")
    page.get_by_text("How it was made").click()
    assert page.get_by_text(trials[0].provenance.prompt_version).is_visible()
    page.get_by_text("Plan and result: every attribute as planned").click()
    assert page.get_by_role("rowheader", name="summary, words").is_visible()
    page.get_by_role("button", name="Next").click()
    page.get_by_text(trials[1].protocol.brief_title).last.wait_for()
    assert page.get_by_text("Prompt version").is_visible()


def test_rejected_candidates_tell_why_and_are_filtered_by_code(browse):
    page = browse()
    page.get_by_role("link", name="Rejected").click()
    assert ids(page) == [COPY_ID, UNREADABLE_ID]
    page.get_by_role("combobox", name="code", exact=True).select_option("parse")
    assert ids(page) == [UNREADABLE_ID]
    page.locator("[role=option]").click()
    assert title(page).startswith("[SYNTHETIC, rejected]")
    assert page.locator(".verdicts li").all_inner_texts() == ["parse line 1: expected a section header"]
    page.get_by_text("The text as written").click()
    assert page.locator("#record pre").inner_text() == f"\n{HOSTILE}\nno record at all"
    page.goto(page.url.split("#")[0] + f"#/rejected/{COPY_ID}")
    page.locator(".verdicts li").nth(1).wait_for()
    assert [each.split()[0] for each in page.locator(".verdicts li").all_inner_texts()] == ["copy", "design"]


def test_everything_is_reached_by_keyboard(browse, trials):
    page = browse()
    keys = page.keyboard
    keys.press("j")
    keys.press("j")
    keys.press("k")
    keys.press("Enter")
    assert title(page).endswith(trials[1].protocol.brief_title)
    assert page.locator("#record h2").evaluate("heading => heading === document.activeElement")
    keys.press("j")
    page.get_by_role("heading", name=trials[2].protocol.brief_title).wait_for()
    keys.press("Escape")
    assert page.locator("#record").is_hidden()
    assert page.locator("[role=option][aria-selected=true] .id").inner_text() == trials[2].id
    keys.press("/")
    keys.type(HOSTILE_ID.lower())
    page.locator("#status").filter(has_text=f"1 record of {len(trials)}").wait_for()
    keys.press("Enter")
    page.get_by_role("heading", name=EMOJI).wait_for()
    keys.press("Escape")
    keys.press("Escape")
    assert page.get_by_role("searchbox").input_value() == ""
    keys.press("?")
    assert page.get_by_role("dialog").is_visible()
    keys.press("Escape")
    assert page.get_by_role("dialog").is_hidden()


def test_tab_reaches_list_and_record(browse, trials):
    page = browse(f"#/record/{trials[0].id}")
    assert title(page)
    reached = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate("document.activeElement.id || document.activeElement.className || document.activeElement.tagName")
        )
    assert {"search", "sort", "list", "next", "quote", "show-rejected"} <= reached


def test_the_list_is_a_listbox_for_those_who_cannot_see_it(browse, trials):
    page = browse()
    page.get_by_role("listbox", name="Records").focus()
    page.keyboard.press("End")
    page.keyboard.press("ArrowUp")
    active = page.locator("#list").get_attribute("aria-activedescendant")
    assert page.locator(f"#{active} .id").inner_text() == trials[-2].id
    page.keyboard.press("Home")
    page.keyboard.press("PageDown")
    assert page.locator("#list").get_attribute("aria-activedescendant") not in (active, "row-0")


def test_the_address_keeps_record_search_filters_and_exemplar(browse, trials):
    page = browse()
    page.get_by_role("combobox", name="label", exact=True).select_option("success")
    search(page, "the")
    page.keyboard.press("Enter")
    shown = title(page)
    page.get_by_role("tab").nth(1).click()
    chosen = page.get_by_role("tab").nth(1).inner_text().split()[0]
    page.wait_for_url(re.compile(rf"#/record/SYN-\w+\?q=the&label=success&x={chosen}$"))
    address = page.url
    again = browse(address[address.index("#") :])
    assert title(again) == shown
    assert again.get_by_role("searchbox").input_value() == "the"
    assert again.locator("[data-facet=label]").input_value() == "success"
    assert again.get_by_role("tab", selected=True).inner_text().startswith(chosen)
    again.goto(address.split("#")[0] + f"#/record/{trials[0].id}")
    again.get_by_role("heading", name=trials[0].protocol.brief_title).wait_for()
    assert again.get_by_role("searchbox").input_value() == ""


def test_the_address_that_the_page_set_does_not_undo_what_was_done_since(browse):
    page = browse()
    page.evaluate(
        """() => new Promise((done) => {
            addEventListener("hashchange", done, { once: true });
            document.querySelector("[role=option]").click();
            document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
        }).then(() => {})"""
    )
    assert page.locator("#record").is_hidden()


def test_back_returns_to_the_list(browse, trials):
    page = browse()
    page.locator("[role=option]").nth(2).click()
    assert title(page)
    page.go_back()
    page.locator("#welcome").wait_for()
    assert page.locator("#record").is_hidden()


@pytest.mark.parametrize("name", ["SYN-NONE", "%E0%A4%A", "__proto__"])
def test_an_address_of_no_record_says_so(browse, name):
    assert browse(f"#/record/{name}").get_by_text(f"There is no record {name} here.").is_visible()


def test_an_address_may_ask_for_another_exemplar_of_the_same_record(browse, trials):
    page = browse(f"#/record/{trials[0].id}?x={trials[0].provenance.exemplars[1]}")
    for exemplar in trials[0].provenance.exemplars:
        page.goto(f"{page.url.split('#')[0]}#/record/{trials[0].id}?x={exemplar}")
        page.locator("thead .exemplar", has_text=exemplar).wait_for()


def test_hostile_text_is_shown_as_text(browse):
    page = browse(f"#/record/{HOSTILE_ID}")
    assert title(page) == f"[SYNTHETIC] {HOSTILE} {EMOJI}"
    assert page.title().startswith(HOSTILE_ID)
    record = page.locator("#record")
    assert record.locator("img, script").count() == 0
    assert record.get_by_text(HOSTILE, exact=True).first.is_visible()
    arabic = record.locator("td div", has_text=RTL).first
    assert arabic.evaluate("line => getComputedStyle(line).direction") == "rtl"
    search(page, "<img src=x")
    assert ids(page) == [HOSTILE_ID]
    assert page.locator("[role=option] img").count() == 0


def test_on_a_narrow_screen_list_and_record_take_turns(browse, trials):
    page = browse(**NARROW)
    page.locator("[role=option]").nth(3).click()
    assert title(page).endswith(trials[3].protocol.brief_title)
    assert page.locator("#list").is_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert page.locator("#pane").evaluate("pane => pane.scrollWidth <= pane.clientWidth")
    page.get_by_role("button", name="All records").click()
    assert page.locator("#record").is_hidden()
    assert page.locator("[role=option][aria-selected=true] .id").inner_text() == trials[3].id


def test_dark_where_the_reader_prefers_it(browse):
    def lightness(page):
        return sum(map(int, re.findall(r"\d+", page.evaluate("getComputedStyle(document.body).backgroundColor"))[:3]))

    page = browse()
    light = lightness(page)
    page.emulate_media(color_scheme="dark")
    assert lightness(page) < 200 < light


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("view", VIEWS)
def test_axe_finds_no_serious_violation(violations, written, view, scheme):
    hash, options = VIEWS[view]

    def drawn(page):
        if len(hash.split("/")) > 2:
            page.locator("#record[aria-busy=false] h2").wait_for()
            for each in page.locator("#record summary").all()[1:]:
                each.click()
        else:
            page.locator("[role=option]").first.wait_for()

    assert violations(written, hash, drawn, color_scheme=scheme, **options) == []


def test_axe_finds_no_serious_violation_in_the_list_of_keys(violations, written):
    assert violations(written, "", lambda page: page.keyboard.press("?")) == []
