"""Synthetrial: labelled synthetic clinical trial records, made from real registry trials, checked and measured.

    import synthetrial as st
    from synthetrial.evaluate.evaluation import evaluate
    from synthetrial.generate.run import generate

    config = st.run_config({"n": 24, "model": "scripted"}, "example")  # no corpus: the bundled demo corpus
    generate(config, Path("runs/example"), lambda c: st.open_model(c.model))
    evaluation = evaluate(st.inputs_of(Path("runs/example")))

Names are imported when they are first used, so that `import synthetrial` costs nothing. `generate` and `evaluate` are packages,
so their functions are not repeated here.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from synthetrial.config import RunConfig, load_recipe, run_config
    from synthetrial.corpus.opening import open_corpus, split_of
    from synthetrial.corpus.store import build, load_corpus
    from synthetrial.evaluate.from_run import inputs_of
    from synthetrial.generate.run import trials_of
    from synthetrial.llm.opening import open_model
    from synthetrial.text import parse, render
    from synthetrial.trial import Protocol, RegistryTrial, SyntheticTrial

_HOMES = {
    "synthetrial.config": ("RunConfig", "load_recipe", "run_config"),
    "synthetrial.corpus.opening": ("open_corpus", "split_of"),
    "synthetrial.corpus.store": ("build", "load_corpus"),
    "synthetrial.evaluate.from_run": ("inputs_of",),
    "synthetrial.generate.run": ("trials_of",),
    "synthetrial.llm.opening": ("open_model",),
    "synthetrial.text": ("parse", "render"),
    "synthetrial.trial": ("Protocol", "RegistryTrial", "SyntheticTrial"),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Protocol",
    "RegistryTrial",
    "RunConfig",
    "SyntheticTrial",
    "build",
    "inputs_of",
    "load_corpus",
    "load_recipe",
    "open_corpus",
    "open_model",
    "parse",
    "render",
    "run_config",
    "split_of",
    "trials_of",
]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'synthetrial' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
