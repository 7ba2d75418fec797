"""Readers: every format that real trials come in, as a stream of `RegistryTrial`s and of `Reject`s for what cannot be read."""

from synthetrial.corpus.readers.reject import Reject
from synthetrial.corpus.readers.source import read_source

__all__ = ["Reject", "read_source"]
