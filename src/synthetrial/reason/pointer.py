"""What points from a text at a registered trial or a person: taken out of exemplars, never quoted."""

from __future__ import annotations

import re
from typing import Final

POINTER: Final = re.compile(r"\bNCT\d{8}\b|https?://\S+|www\.\S+|\S+@\S+\.\w+", re.IGNORECASE)
"""A registry number, a link, an e-mail address."""
