"""All checks run in order, every reason is counted, and only an unreadable answer ends the list."""

import pytest
from check_candidates import GOUT, HEEL, candidate, spoilt, view

from synthetrial.check import ORDER, duplicate, judge, parse


def test_the_order_is_the_documented_one() -> None:
    assert list(ORDER) == (
        [
            "parse",
            "complete",
            "intervention",
            "design",
            "identity",
            "outcome-leak",
            "placeholder",
            "repetition",
            "copy",
            "duplicate",
            "site",
            "coherence",
        ]
    )


def test_a_sound_record_passes_all() -> None:
    verdict = judge(candidate(GOUT), view())
    assert verdict.codes == (), verdict.details
    assert verdict.accepted


def test_every_reason_is_counted() -> None:
    bad = spoilt(brief_title="Hydroxyurea TBD at NCT01234567", phases=("PHASE2",))
    verdict = judge(candidate(bad), view())
    assert {"design", "identity", "placeholder"} <= set(verdict.codes)
    assert len(verdict.codes) == len(verdict.details)
    assert not verdict.accepted
    assert all("\n" not in each for each in verdict.details)


def test_skipped_checks_do_not_count() -> None:
    bad = spoilt(phases=("PHASE2",))
    assert judge(candidate(bad), view(), skip=("design",)).accepted


def test_an_unreadable_answer_fails_parse_alone_and_cannot_be_skipped() -> None:
    verdict = judge(candidate(None), view(), skip=("parse",))
    assert verdict.codes == ("parse",)


def test_parse_says_what_the_reader_said() -> None:
    import msgspec

    unread = msgspec.structs.replace(candidate(None), error="line 3: no header")
    assert parse.check(unread, view()) == "line 3: no header"


@pytest.mark.parametrize("code", [each for each in ORDER if each != "parse"])
def test_checks_have_nothing_to_say_without_a_protocol(code: str) -> None:
    assert ORDER[code](candidate(None), view()) is None


def test_parse_refuses_what_does_not_read_back() -> None:
    assert "brief_summary" in str(parse.check(candidate(spoilt(brief_summary="")), view()))
    assert "does not read back" in str(parse.check(candidate(spoilt(brief_title="")), view()))


class OneAccepted:
    def find(self, text: str) -> str | None:
        return "SYN-1" if "Colchicine" in text else None


def test_duplicate_is_judged_against_accepted_records() -> None:
    assert duplicate.check_against(GOUT, OneAccepted()) == "near-duplicate of SYN-1"
    assert duplicate.check_against(HEEL, OneAccepted()) is None
    assert duplicate.check(candidate(GOUT), view()) is None
