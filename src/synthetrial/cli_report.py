"""The commands that make pages of a run and open them."""

from __future__ import annotations

from pathlib import Path

from synthetrial import cli_options as options
from synthetrial.cli_output import out
from synthetrial.paths import RUNS


def report(run: options.Run = RUNS / "demo", debug: options.Debug = False) -> None:
    """Write report.html (what the run is worth) and browse.html (its records beside their exemplars) into the run."""
    for each in written(run):
        out(str(each))


def open_(run: options.Run = RUNS / "demo", debug: options.Debug = False) -> None:
    """Write the pages of a run and open the report in the browser."""
    import webbrowser

    page, _ = written(run)
    opened = webbrowser.open(page.resolve().as_uri())
    out(str(page) if opened else f"{page}: no browser was found here; open this file in one")


def written(run: Path) -> tuple[Path, Path]:
    """The two pages of a run, written anew."""
    from synthetrial.report.browse import write_browse
    from synthetrial.report.report import write_report

    browse = write_browse(run)
    return write_report(run), browse
