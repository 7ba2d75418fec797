"""A model file with fewer words: the rows of the token table that registry text has no use for are left out.

Two thirds of Gemma 3 270M are its table of 262,144 tokens in some 140 languages, and every token written is a product with the
whole of it. Some 43,000 of them occur in clinical trial records. Without the others the model says the same as far as it says
it in these tokens, and decodes faster (`benchmarks/vocabulary.py` has the ratio).

`data/gemma_tokens.bits` keeps which tokens occur, one bit a token, as `benchmarks/vocabulary.py` counted them: in two or more
of 16,850 registry records. Control and byte tokens always stay, so that any text can be spelled.
"""

from __future__ import annotations

import os
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

BITS: Final = "gemma_tokens.bits"
_TABLE: Final = "token_embd.weight"
_TEXTS: Final = "tokenizer.ggml.tokens"
_KINDS: Final = "tokenizer.ggml.token_type"
_BY_TOKEN: Final = (_TEXTS, "tokenizer.ggml.scores", _KINDS)
_ALWAYS: Final = (2, 4, 6)
"""GGUF's types of unknown, user-defined (runs of newlines and blanks) and byte tokens."""
_LEADING: Final = 256
"""Tokens at the start of the table: control tokens, which model and server know by number."""


def trim(source: Path, target: Path) -> None:
    """Write the model `source` to `target` without the tokens that `BITS` leaves out: the same bytes for the same source.

    `target` appears whole or not at all. Raises ValueError if `source` has another number of tokens than `BITS`.
    """
    from gguf import GGUFReader, GGUFValueType, GGUFWriter

    model = GGUFReader(source)
    kept = _kept(model)
    writing = target.with_suffix(f".{os.getpid()}.tmp")
    writer = GGUFWriter(writing, model.fields["general.architecture"].contents())
    for name, field in model.fields.items():
        if name.startswith("GGUF.") or name == "general.architecture":  # the writer's own
            continue
        value = field.contents()
        if name in _BY_TOKEN:
            value = [value[each] for each in kept]
        element = field.types[-1] if field.types[0] == GGUFValueType.ARRAY else None
        writer.add_key_value(name, value, field.types[0], sub_type=element)
    for tensor in model.tensors:
        rows = tensor.data[kept] if tensor.name == _TABLE else tensor.data
        writer.add_tensor(tensor.name, rows, raw_dtype=tensor.tensor_type)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    writing.replace(target)


def _kept(model: Any) -> npt.NDArray[np.int64]:
    """The numbers of the tokens that stay, in order."""
    kinds = np.array(model.fields[_KINDS].contents())
    bits = np.frombuffer((files("synthetrial.data") / BITS).read_bytes(), dtype=np.uint8)
    if len(kinds) != 8 * len(bits):
        raise ValueError(f"{len(kinds)} tokens, where {BITS} knows {8 * len(bits)}")
    kept = np.unpackbits(bits).astype(np.bool_) | np.isin(kinds, _ALWAYS)
    kept[:_LEADING] = True
    return np.flatnonzero(kept)
