"""Cosines of many rows with many others, a chunk at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

CHUNK: Final = 256
"""Rows whose cosines are held at once."""
_DENSE: Final = 512
"""Columns that make up nine tenths of the products of TF-IDF rows: as a dense matrix they take a tenth of the time."""


def cosines(rows: Any, pool: Any, chunk: int = CHUNK) -> Iterator[tuple[slice, Floats]]:
    """For each `chunk` of `rows` its place, and its products with every row of `pool` (chunk × pool).

    Both are of unit length, and both dense or both sparse. Products are in single precision where most columns are dense.
    """
    if not hasattr(rows, "tocsr"):
        for part in _parts(rows.shape[0], chunk):
            yield part, np.asarray(rows[part] @ pool.T, dtype=np.float64)
        return
    width = rows.shape[1]
    work = np.bincount(rows.indices, minlength=width) * np.bincount(pool.indices, minlength=width)
    order = np.argsort(-work, kind="stable")
    often = np.sort(order[:_DENSE])
    seldom = np.sort(order[_DENSE : np.count_nonzero(work)])  # what one side lacks adds nothing
    dense, dense_pool = (each[:, often].toarray().astype(np.float32) for each in (rows, pool))
    sparse, sparse_pool = rows[:, seldom], pool[:, seldom].T.tocsr()
    for part in _parts(rows.shape[0], chunk):
        yield part, (sparse[part] @ sparse_pool).toarray() + dense[part] @ dense_pool.T


def _parts(size: int, chunk: int) -> list[slice]:
    return [slice(start, min(start + chunk, size)) for start in range(0, size, chunk)]
