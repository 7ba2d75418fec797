"""Terms that come with what a model wrote, and the licence that the user gives to a set: neither is ever assumed."""

from __future__ import annotations

import re
from typing import Final

from synthetrial import canonical
from synthetrial.errors import UsageError

GEMMA: Final = "https://ai.google.dev/gemma/terms"

_HUB: Final = frozenset((
    "afl-3.0", "agpl-3.0", "apache-2.0", "artistic-2.0", "bsd", "bsd-2-clause", "bsd-3-clause", "bsl-1.0", "c-uda",
    "cc", "cc-by-2.0", "cc-by-2.5", "cc-by-3.0", "cc-by-4.0", "cc-by-nc-2.0", "cc-by-nc-3.0", "cc-by-nc-4.0",
    "cc-by-nc-nd-3.0", "cc-by-nc-nd-4.0", "cc-by-nc-sa-2.0", "cc-by-nc-sa-3.0", "cc-by-nc-sa-4.0", "cc-by-nd-4.0",
    "cc-by-sa-3.0", "cc-by-sa-4.0", "cc0-1.0", "cdla-permissive-1.0", "cdla-permissive-2.0", "cdla-sharing-1.0",
    "ecl-2.0", "epl-2.0", "etalab-2.0", "eupl-1.1", "eupl-1.2", "gemma", "gfdl", "gpl", "gpl-2.0", "gpl-3.0", "isc",
    "lgpl", "lgpl-2.1", "lgpl-3.0", "mit", "mpl-2.0", "odbl", "odc-by", "openrail", "osl-3.0", "pddl", "unlicense",
    "zlib",
))  # fmt: skip
"""Licences that the Hugging Face hub knows by name, as far as one would give them to data."""
_OTHER_NAMES: Final = {"odc-by-1.0": "odc-by", "odbl-1.0": "odbl", "pddl-1.0": "pddl"}


def writers_terms(model: str, engine: str) -> str | None:
    """What is known of the terms that bind the output of `model`, in a sentence or two; None where no model wrote."""
    engine = engine.partition(",")[0]
    if engine == "scripted":
        return None
    said = []
    if "gemma" in model.lower():
        said.append(
            f"{model} is a Gemma model: what it writes is to be used under the Gemma Terms of Use and the uses they prohibit, "
            f"and a model trained on it to do what Gemma does is a derivative of Gemma under them ({GEMMA})."
        )
    if engine == "openai":
        said.append(
            f"{model} answered through an API: its provider's terms and the model's licence bind what may be done with it."
        )
    return " ".join(said) or f"The licence of the weights of {model} may bind what may be done with their output."


def named_licence(given: str | None) -> str | None:
    """The licence in one line, None if none is given. Raises `UsageError` for an empty one."""
    if given is None:
        return None
    if (name := canonical.line(given)) is None:
        raise UsageError("--licence is empty: give an SPDX identifier (CC-BY-4.0), a name or a link")
    return name


def hub_licence(licence: str | None) -> dict[str, str]:
    """The keys of a dataset card that say `licence`: a name that the hub knows, "other" with its name, or "unknown"."""
    if licence is None:
        return {"license": "unknown"}
    key = re.sub(r"-(only|or-later)$", "", licence.lower())
    key = _OTHER_NAMES.get(key, key)
    if key in _HUB:
        return {"license": key}
    link = {"license_link": licence} if re.match(r"https?://\S+$", licence) else {}
    slug = re.sub(r"[^a-z0-9.]+", "-", re.sub(r"^https?://", "", licence.lower())).strip("-.")
    return {"license": "other", "license_name": slug or "other", **link}
