"""Plain text: nobody who opens the file takes a record in it for a real one."""

from handed_out import handout, trial

from synthetrial.export.txt import texts
from synthetrial.text import parse


def test_every_record_stands_under_a_banner():
    first, second = (each.decode() for each in texts(handout(trial(), trial(number=2, label=0))))
    assert "SYNTHETIC RECORD 1 of 2: SYN-0000000001, planned as a success" in first
    assert "SYNTHETIC RECORD 2 of 2: SYN-0000000002, planned as a failure" in second
    for each in (first, second):
        assert "Not a registered trial" in each
        assert "Written by scripted (scripted, synthetrial 0.1.0), recipe grounded, seed 7, 2026-01-02." in each


def test_a_record_is_in_canonical_rendering_with_its_title_marked():
    (text,) = texts(handout(trial()))
    body = text.decode().rpartition("=\n")[2].removesuffix("\n")
    assert parse(body).brief_title == "[SYNTHETIC] Metformin in adults"
