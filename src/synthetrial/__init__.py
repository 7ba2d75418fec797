"""Synthetrial: labelled synthetic clinical trial records, made from real registry trials, checked and measured.

    import synthetrial as st

    run = st.generate(n=24, model="scripted", out="runs/example")  # no corpus: the bundled demo corpus
    evaluation = st.evaluate(run)
    st.export(run, "jsonl", "example.jsonl")

Names are imported when they are first used, so that `import synthetrial` costs nothing. `generate`, `evaluate` and `export` are
packages as well (see `called`).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from synthetrial.api import Run, evaluate, export, generate, load_corpus, load_run, split
    from synthetrial.config import RunConfig, run_config
    from synthetrial.corpus.opening import open_corpus, split_of
    from synthetrial.corpus.store import build
    from synthetrial.evaluate.from_run import inputs_of
    from synthetrial.generate.run import trials_of
    from synthetrial.llm.opening import open_model
    from synthetrial.recipe import load_recipe
    from synthetrial.text import parse, render
    from synthetrial.trial import Protocol, RegistryTrial, SyntheticTrial

_HOMES = {
    "synthetrial.api": ("Run", "load_corpus", "load_run", "split"),
    "synthetrial.config": ("RunConfig", "run_config"),
    "synthetrial.recipe": ("load_recipe",),
    "synthetrial.corpus.opening": ("open_corpus", "split_of"),
    "synthetrial.corpus.store": ("build",),
    "synthetrial.evaluate.from_run": ("inputs_of",),
    "synthetrial.generate.run": ("trials_of",),
    "synthetrial.llm.opening": ("open_model",),
    "synthetrial.text": ("parse", "render"),
    "synthetrial.trial": ("Protocol", "RegistryTrial", "SyntheticTrial"),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}
_PACKAGES = ("evaluate", "export", "generate")

__all__ = [
    "Protocol",
    "RegistryTrial",
    "Run",
    "RunConfig",
    "SyntheticTrial",
    "build",
    "evaluate",
    "export",
    "generate",
    "inputs_of",
    "load_corpus",
    "load_recipe",
    "load_run",
    "open_corpus",
    "open_model",
    "parse",
    "render",
    "run_config",
    "split",
    "split_of",
    "trials_of",
]


def __getattr__(name: str) -> object:
    if name in _PACKAGES:
        return import_module(f"synthetrial.{name}")
    if name not in _HOME:
        raise AttributeError(f"module 'synthetrial' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
