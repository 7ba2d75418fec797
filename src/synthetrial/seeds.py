"""Seeds and ids derived by hashing, so that neither order nor concurrency changes them."""

from __future__ import annotations

import hashlib


def derive(*parts: object) -> int:
    """A 63-bit seed from `parts` (numbers and strings), the same in every process."""
    return int.from_bytes(_digest(parts)[:8], "big") >> 1


def short_id(*parts: object) -> str:
    """Ten letters and digits (base 32) from `parts`: 50 bits."""
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    number = int.from_bytes(_digest(parts)[:8], "big")
    return "".join(alphabet[(number >> (5 * i)) & 31] for i in range(10))


def _digest(parts: tuple[object, ...]) -> bytes:
    return hashlib.blake2b("\x1f".join(map(str, parts)).encode(), digest_size=16).digest()
