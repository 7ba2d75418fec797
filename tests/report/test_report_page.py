"""Pages: every value is escaped, a missing one is an error, and a script is allowed by its hash alone."""

import base64
import hashlib

import pytest
from jinja2 import UndefinedError

from synthetrial.report.page import hashed, page, source


def test_the_base_of_every_page_bears_the_mark_and_a_policy_by_which_nothing_is_loaded():
    made = page("base.html.j2").decode()
    assert "SYNTHETIC" in made
    assert "None is a registered trial." in made
    assert "default-src 'none'" in made
    assert "script-src" not in made
    assert source("style.css") in made


def test_a_value_that_is_not_given_is_an_error():
    with pytest.raises(UndefinedError):
        page("report.html.j2")


def test_a_script_is_named_by_the_hash_of_its_text():
    assert hashed("x()") == f"'sha256-{base64.b64encode(hashlib.sha256(b'x()').digest()).decode()}'"
