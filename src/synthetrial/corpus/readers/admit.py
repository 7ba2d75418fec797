"""The gate of all readers: an id, a title, and the mark of synthetic records."""

from __future__ import annotations

import msgspec

from synthetrial import canonical
from synthetrial.corpus.readers.reject import UnreadableError
from synthetrial.trial import Outcome, Protocol, RegistryTrial, Source

MARK = "[SYNTHETIC]"
"""What titles of synthetic records begin with in exports for people."""


def admit(
    trial_id: str | None,
    raw: Protocol,
    source: Source,
    *,
    outcome: Outcome = Outcome(),
    start_date: str | None = None,
    condition_mesh: tuple[str, ...] = (),
    intervention_mesh: tuple[str, ...] = (),
    synthetic: bool = False,
) -> RegistryTrial:
    """The trial with its protocol in canonical form and its synthetic mark, if any, taken off the title and kept as a flag.

    Raises `UnreadableError` for a record without an id or a title.
    """
    trial_id = (trial_id or "").strip()
    if not trial_id:
        raise UnreadableError("the record has no id")
    protocol = canonical.protocol(raw)
    marked = protocol.brief_title.startswith(MARK) or (protocol.official_title or "").startswith(MARK)
    if marked:
        protocol = msgspec.structs.replace(
            protocol,
            brief_title=protocol.brief_title.removeprefix(MARK).lstrip(),
            official_title=(protocol.official_title or "").removeprefix(MARK).lstrip() or None,
        )
    if not protocol.brief_title:
        raise UnreadableError("the record has no title", trial_id)
    return RegistryTrial(
        trial_id=trial_id,
        protocol=protocol,
        source=source,
        outcome=outcome,
        start_date=start_date,
        condition_mesh=condition_mesh,
        intervention_mesh=intervention_mesh,
        synthetic=synthetic or marked or trial_id.upper().startswith("SYN-"),
    )
