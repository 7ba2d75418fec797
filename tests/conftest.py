"""Property tests have no deadline: seconds are for benchmarks, and a first call imports what later ones find loaded. Answers
are kept apart for each test: what one paid for is no gift to another."""

import sys

import pytest
from hypothesis import settings

from synthetrial import cli

settings.register_profile("no-deadline", deadline=None)
settings.load_profile("no-deadline")


@pytest.fixture(autouse=True)
def answers(tmp_path_factory, monkeypatch):
    """The file in which this test's answers are kept."""
    path = tmp_path_factory.mktemp("answers") / "answers.sqlite"
    monkeypatch.setenv("SYNTHETRIAL_ANSWERS", str(path))
    return path


@pytest.fixture
def command(monkeypatch, capsys):
    """Calls the command line in this process: (exit code, stdout, stderr)."""

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["synthetrial", *map(str, arguments)])
        with pytest.raises(SystemExit) as exited:
            cli.main()
        said = capsys.readouterr()
        return exited.value.code, said.out, said.err

    return call
