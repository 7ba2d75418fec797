"""Packages that are called as well as imported from: `synthetrial.generate.run` is a module, `synthetrial.generate(…)` a run.

Three verbs of the Python API are names of packages too, and an import of any module in one of them puts the package where the
function would stand. So each of these packages *is* the function: calling it calls the one of its name in `synthetrial.api`.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any


class _Called(ModuleType):
    """A package that stands for the function of its name, signature and documentation included."""

    @property
    def _function(self) -> Callable[..., Any]:
        found: Callable[..., Any] = getattr(import_module("synthetrial.api"), self.__name__.rpartition(".")[2])
        return found

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        return self._function(*arguments, **named)

    @property
    def __signature__(self) -> inspect.Signature:
        return inspect.signature(self._function)

    @property
    def __doc__(self) -> str | None:  # type: ignore[override]  # an attribute in its base
        return self._function.__doc__


def called(package: str) -> None:
    """Let the imported `package` be called."""
    sys.modules[package].__class__ = _Called
