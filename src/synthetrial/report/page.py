"""Pages from templates: everything escaped, nothing fetched, style and script inside the page."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup


def page(template: str, **values: object) -> bytes:
    """The template of that name ("report.html.j2") filled in, as UTF-8. Every value is escaped for HTML, but for `Markup`.

    A template extends `base.html.j2`, which bears the shared style, the mark SYNTHETIC and a policy by which the page can load
    nothing. A page with a script allows just that one: `{% block policy %} script-src {{ hashed(source("x.js")) }};`.
    A value that is needed and not given is an error.
    """
    return _environment().get_template(template).render(**values).encode(errors="replace")


def source(name: str) -> Markup:
    """The text of a style sheet or script that lies beside the templates, as it is. Only for files of this package."""
    return Markup((files("synthetrial.report") / "templates" / name).read_text("utf-8"))


def hashed(script: str) -> Markup:
    """How a content security policy names the one inline script with exactly this text."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return Markup(f"'sha256-{digest}'")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("synthetrial.report", "templates"),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"source": source, "hashed": hashed}
    return environment
