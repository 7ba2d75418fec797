"""The hand-written lines on which the identity scan is measured, for the test and for benchmarks/identity.py."""

from pathlib import Path


def cases() -> list[tuple[str, str]]:
    """(kind, text) of each line of identity_cases.tsv; kind "none" where there is nothing to find."""
    rows = Path(__file__).with_name("identity_cases.tsv").read_text(encoding="utf-8").splitlines()
    return [(kind, text) for kind, _, text in (each.partition("\t") for each in rows if not each.startswith("#"))]
