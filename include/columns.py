"""Cortical columns: clusters of embeddings, minicolumns within macrocolumns (BIOLOGY §3)."""

from __future__ import annotations

import math
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
    macro = _clusters(vectors, max(1, round(count / (ITEMS_A_MINICOLUMN * MINICOLUMNS_A_MACROCOLUMN))))
    minis = [0] * count
    for label in sorted(set(macro)):
        members = [index for index in range(count) if macro[index] == label]
        inner = _clusters(vectors[members], max(1, math.ceil(len(members) / ITEMS_A_MINICOLUMN)))
        for index, mini in zip(members, inner, strict=True):
            minis[index] = mini
    ranks, centralities = _within(vectors, strengths, list(zip(macro, minis, strict=True)))
    return [
        (f"{macro[index]:03d}", f"{macro[index]:03d}.{minis[index]:02d}", ranks[index], centralities[index])
        for index in range(count)
    ]


def _clusters(vectors: NDArray[np.float32], wanted: int) -> list[int]:
    """Cluster numbers from 1, by falling size. Bisecting, so that splits nest; one thread, so that sums repeat."""
    from sklearn.cluster import BisectingKMeans
    from threadpoolctl import threadpool_limits

    distinct = len({vector.tobytes() for vector in vectors})
    wanted = min(wanted, distinct)
    if wanted <= 1:
        return [1] * len(vectors)
    with threadpool_limits(1):
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
