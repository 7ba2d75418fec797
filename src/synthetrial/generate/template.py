"""Prompt templates: Jinja files in `prompts/`, named with their version, so that provenance can name the exact prompt."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template


def fill(name: str, **values: object) -> str:
    """The template `name` ("completion.v2") filled in; a value it needs and does not get is an error."""
    return _template(name).render(**values)


@cache
def _template(name: str) -> Template:
    loader = PackageLoader("synthetrial.generate", "prompts")
    # the output is a prompt, not a page: nothing is escaped for HTML
    environment = Environment(loader=loader, undefined=StrictUndefined, autoescape=False, keep_trailing_newline=False)
    return environment.get_template(f"{name}.j2")
