"""Where the real registry records lie, for the tests that read them in place; without them those tests are skipped."""

import os
from pathlib import Path

import pytest

DATA = Path(os.environ.get("SYNTHETRIAL_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
"""Folder of real records (see docs/data.md); `SYNTHETRIAL_DATA` overrides the place."""

needs_real_data = pytest.mark.skipif(not DATA.is_dir(), reason=f"no real registry records at {DATA}; set SYNTHETRIAL_DATA")
