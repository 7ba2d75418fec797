"""What a terminal is given steers it no more than a printed page does."""

from hypothesis import given
from hypothesis import strategies as st

from synthetrial.terminal_text import plain, shown

C0_AND_C1 = {*map(chr, range(0x20)), *map(chr, range(0x7F, 0xA0))}
TURNING = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@given(st.text(alphabet=st.one_of(st.characters(), st.sampled_from(sorted(C0_AND_C1 | TURNING)))))
def test_no_control_gets_through_and_nothing_else_is_lost(text):
    told = plain(text)
    assert not set(told) & ((C0_AND_C1 | TURNING) - {"\n"})
    kept = [each for each in text if each not in C0_AND_C1 | TURNING or each in "\n\t"]
    assert told == "".join(kept).replace("\t", " ")


def test_text_that_runs_from_right_to_left_and_pictures_stay():
    assert plain("دراسة עברית 🧪👩🏽‍🔬") == "دراسة עברית 🧪👩🏽‍🔬"


def test_brackets_are_no_markup():
    text = shown("[bold red]x[/] [link=http://x]y[/link] :smile:")
    assert text.plain == "[bold red]x[/] [link=http://x]y[/link] :smile:"
    assert text.spans == []
