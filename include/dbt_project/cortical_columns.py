"""Cortical columns: clusters of embeddings, minicolumns within macrocolumns."""

from __future__ import annotations

import hashlib
import math
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ITEMS_A_MINICOLUMN = 12
"""About how many items share a minicolumn; an engineering choice: what a person can look through."""
MINICOLUMNS_A_MACROCOLUMN = 6
"""About how many minicolumns make a macrocolumn (an engineering choice)."""
SEED = 1997
"""Fixed: the same items give the same columns."""

Column = tuple[str, str, int, float]
"""Macrocolumn id, minicolumn id (which begins with it), rank by strength (1 = strongest), cosine to the centre."""


def cortical_columns(vectors: NDArray[np.float32], strengths: NDArray[np.float64]) -> list[Column]:
    """Assign every item to a column.

    `vectors` is (n, d), unit length, in a stable order; `strengths` (n,). Returns n columns in the same order.
    Columns are numbered by size, then by their first item, so that equal input gives equal ids.
    """
    count = len(vectors)
    if count == 0:
        return []
    macro, minis = _nested(_Vectors(vectors))
    ranks, centralities = _within(vectors, strengths, list(zip(macro, minis, strict=True)))
    return [
        (f"{macro[index]:03d}", f"{macro[index]:03d}.{minis[index]:02d}", ranks[index], centralities[index])
        for index in range(count)
    ]


class _Vectors:
    """Vectors by what is in them."""

    def __init__(self, rows: NDArray[np.float32]) -> None:
        self.rows = rows
        self._hash = hashlib.sha256(rows.tobytes()).digest()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Vectors) and (self.rows.shape, self._hash) == (other.rows.shape, other._hash)

    def __hash__(self) -> int:
        return hash(self._hash)


# In a process that lives through many nights, knowledge often is what it was in the cycle before.
@lru_cache(maxsize=1)
def _nested(items: _Vectors) -> tuple[list[int], list[int]]:
    """The macrocolumn of each item, and its minicolumn within that."""
    import sklearn.cluster  # noqa: F401 - loaded first: a limit holds for the libraries that are there
    from threadpoolctl import threadpool_limits

    # One thread, so that sums repeat. To set a limit takes as long as a small clustering, so it is set once.
    with threadpool_limits(1):
        return _clustered(items.rows)


def _clustered(vectors: NDArray[np.float32]) -> tuple[list[int], list[int]]:
    count = len(vectors)
    macro = _clusters(vectors, max(1, round(count / (ITEMS_A_MINICOLUMN * MINICOLUMNS_A_MACROCOLUMN))))
    minis = [0] * count
    for label in sorted(set(macro)):
        members = [index for index in range(count) if macro[index] == label]
        inner = _clusters(vectors[members], max(1, math.ceil(len(members) / ITEMS_A_MINICOLUMN)))
        for index, mini in zip(members, inner, strict=True):
            minis[index] = mini
    return macro, minis


def _clusters(vectors: NDArray[np.float32], wanted: int) -> list[int]:
    """Cluster numbers from 1, by falling size. Bisecting, so that splits nest."""
    from sklearn.cluster import BisectingKMeans

    distinct = len({vector.tobytes() for vector in vectors})
    wanted = min(wanted, distinct)
    if wanted <= 1:
        return [1] * len(vectors)
    raw = BisectingKMeans(wanted, random_state=SEED, n_init=3).fit_predict(vectors)
    members: dict[int, list[int]] = {}
    for index, label in enumerate(raw):
        members.setdefault(int(label), []).append(index)
    by_size = sorted(members.values(), key=lambda indices: (-len(indices), indices[0]))
    numbers = [0] * len(vectors)
    for number, indices in enumerate(by_size, start=1):
        for index in indices:
            numbers[index] = number
    return numbers


def _within(
    vectors: NDArray[np.float32], strengths: NDArray[np.float64], columns: list[tuple[int, int]]
) -> tuple[list[int], list[float]]:
    """Rank by strength and cosine to the centre, within each column."""
    import numpy as np

    members: dict[tuple[int, int], list[int]] = {}
    for index, column in enumerate(columns):
        members.setdefault(column, []).append(index)
    ranks, centralities = [0] * len(columns), [0.0] * len(columns)
    for indices in members.values():
        centre = vectors[indices].astype(np.float64).mean(axis=0)
        length = float(np.linalg.norm(centre)) or 1.0
        for rank, index in enumerate(sorted(indices, key=lambda i: (-strengths[i], i)), start=1):
            ranks[index] = rank
            centralities[index] = round(float(vectors[index].astype(np.float64) @ centre) / length, 6)
    return ranks, centralities
