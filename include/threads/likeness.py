"""How alike memories are: by what their owner comes back to, by meaning, by time, by what was linked already.

Two notes belong together when they share words that their owner uses far more than the language does: a name, a
project, a thing. Everyday words are in all notes and tell nothing, and that is why small talk belongs nowhere. How much
a word tells is learned from the store itself (`telling`), and again from the communities that were found
(`Words.concentration`).

Cost: time grows with the words of all memories times `COMMONEST` at most, memory with the words and with `BLOCK`;
nothing is as large as the square of the number of memories.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from include.embedded_model.words import language_of, words_of

if TYPE_CHECKING:
    from datetime import datetime

    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

LONGEST_TEXT = 2_000
"""Characters of a memory that are read: what it is about stands at its beginning."""
SHORTEST_WORD = 3
COMMONEST = 600
"""In so many memories a word may be, or in a quarter of a small store: in more it tells little and costs most."""
FOREIGN_SPREAD = 2.0
"""Notes repeat a word within a day or a theme even where it means nothing: so much above chance is expected."""
BLOCK = 1_024
"""Memories that are compared with the others at a time."""
CANDIDATES = 40
"""Nearest by words whose meaning is compared, too."""
NEIGHBOURS = (5, 8, 12)
"""How many neighbours a memory keeps. Three graphs are drawn, and what all three say counts (`communities`)."""
TIME_GAIN = 0.25
"""So much more alike are memories of one moment; it is gone after days."""
TIME_DAYS = 2.0
LENGTH_SHARE = 0.5
"""How far a long memory's many words are discounted, as in BM25 (0: not at all, 1: in full)."""
STREAM_GAP = 1_800
"""Seconds that may pass between two memories of one stream that follow each other."""
STREAM_SHARE = 0.5
"""What following each other is worth, against a usual link by words."""
UNLIKE = 0.2
"""What is left of a link where the vectors say that two texts have nothing in common."""


@dataclass(frozen=True)
class Memory:
    """What is looked at of one memory."""

    memory_id: str
    at: datetime
    text: str
    """Its summary and content."""
    cues: tuple[str, ...] = ()
    """Tags, people, places, tools: what it names, in lower case."""
    stream: str = ""
    """Equal for memories of the same context and tags."""


@dataclass(frozen=True)
class Links:
    """Links that are known already, between memories by their positions, with weights in [0, 1]."""

    first: Sequence[int] = ()
    second: Sequence[int] = ()
    weight: Sequence[float] = ()


Tokens = Mapping[str, tuple[int, float]]
"""Word or cue → how often a memory has it, and how common it is in its language (Zipf; 0 for a cue)."""


def tokens_of(memory: Memory) -> Tokens:
    """The words of a memory that are not grammar, by their stems, and its cues."""
    text = memory.text[:LONGEST_TEXT]
    counts: dict[str, int] = {}
    common: dict[str, float] = {}
    for word in words_of(text, language_of(text)):
        if not word.grammatical and len(word.base) >= SHORTEST_WORD and not word.lower.isdigit():
            counts[word.stem] = counts.get(word.stem, 0) + 1
            common[word.stem] = word.zipf
    found = {stem: (count, common[stem]) for stem, count in counts.items()}
    # A cue that is a word of the text counts as that word, once.
    for cue in memory.cues:
        if cue not in common:
            found[f"#{cue}"] = (1, 0.0)
    return found


def telling(documents: Sequence[Tokens]) -> dict[str, float]:
    """How much each token tells, above 0; those that tell nothing are left out.

    The more it is used beyond what the language expects (log ratio), and the fewer memories hold it.
    """
    count = len(documents)
    held: dict[str, int] = {}
    commonness: dict[str, float] = {}
    for document in documents:
        for token, (_, zipf) in document.items():
            held[token] = held.get(token, 0) + 1
            commonness[token] = max(zipf, commonness.get(token, 0.0))
    total = sum(len(document) for document in documents)
    most = max(COMMONEST, count / 4) if count < 4 * COMMONEST else COMMONEST
    weights: dict[str, float] = {}
    for token, memories in held.items():
        if 2 <= memories <= most:
            zipf = commonness[token]
            expected = FOREIGN_SPREAD * total * 10 ** (zipf - 9) if zipf else 0.0
            beyond = math.log((memories + 0.5) / (expected + 0.5))
            if beyond > 0:
                weights[token] = beyond * math.log(count / memories)
    return weights


class Words:
    """Memories by what they tell: a sparse matrix (memories, tokens) of how often, damped, and the tokens' weights."""

    def __init__(self, documents: Sequence[Tokens]) -> None:
        import numpy as np
        from scipy.sparse import csr_matrix

        weights = telling(documents)
        places = {token: place for place, token in enumerate(sorted(weights))}
        self.tokens = list(places)
        self.weights: Floats = np.array([weights[token] for token in self.tokens], dtype=np.float64)
        rows: list[int] = []
        columns: list[int] = []
        counts: list[float] = []
        for row, document in enumerate(documents):
            for token, (count, _) in sorted(document.items()):
                place = places.get(token)
                if place is not None:
                    rows.append(row)
                    columns.append(place)
                    counts.append(1.0 + math.log(count))
        self.counts: csr_matrix = csr_matrix((counts, (rows, columns)), shape=(len(documents), len(places)))

    @cached_property
    def held(self) -> csr_matrix:
        """1 where a memory has a token."""
        held = self.counts.copy()
        held.data[:] = 1.0
        return held

    def scaled(self, weights: Floats) -> csr_matrix:
        """The rows whose inner products are likenesses: weighed, and discounted by length."""
        import numpy as np
        from scipy.sparse import diags

        rows = (self.counts @ diags(np.sqrt(weights))).tocsr()
        lengths = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel())
        mean = float(lengths[lengths > 0].mean()) if (lengths > 0).any() else 1.0
        scale = 1.0 / (1.0 - LENGTH_SHARE + LENGTH_SHARE * lengths / mean)
        return (diags(scale) @ rows).tocsr()

    def shares(self, membership: Integers) -> tuple[csr_matrix, Floats, Floats]:
        """(tokens, communities): how many memories of a community hold a token; and the totals of both."""
        import numpy as np
        from scipy.sparse import csr_matrix

        inside = np.flatnonzero(membership >= 0)
        communities = int(membership.max(initial=-1)) + 1
        one = csr_matrix(
            (np.ones(len(inside)), (inside, membership[inside])), shape=(len(membership), max(communities, 1))
        )
        held = self.held[inside].T @ one[inside]
        return held.tocsr(), np.asarray(self.held[inside].sum(axis=0)).ravel(), np.asarray(one.sum(axis=0)).ravel()

    def concentration(self, membership: Integers) -> Floats:
        """How far a token's memories are in one community, from 0.05 (no more than by chance) to 1, a token."""
        import numpy as np

        held, total, sizes = self.shares(membership)
        together = np.asarray(held.multiply(held).sum(axis=1)).ravel() - total
        chance = float(((sizes / max(sizes.sum(), 1.0)) ** 2).sum())
        observed = together / np.maximum(total * (total - 1.0), 1.0)
        return np.maximum(0.05, (observed - chance) / max(1.0 - chance, 1e-9))


@dataclass(frozen=True)
class Meaning:
    """Vectors (n, d) float32 of unit length, a row of zeros for none; the cosines of unrelated and of equal meaning."""

    vectors: NDArray[np.float32]
    floor: float = 0.0
    ceiling: float = 1.0

    def of(self, first: Integers, second: Integers) -> Floats:
        """How alike pairs are in meaning, from `UNLIKE` to 1."""
        import numpy as np

        found = np.empty(len(first), dtype=np.float64)
        for start in range(0, len(first), 1 << 16):
            part = slice(start, start + (1 << 16))
            found[part] = np.einsum(
                "ij,ij->i", self.vectors[first[part]], self.vectors[second[part]], dtype=np.float64, optimize=False
            )
        return np.clip((found - self.floor) / (self.ceiling - self.floor), UNLIKE, 1.0)

    def part(self, positions: Integers) -> Meaning:
        """The same for some of the memories."""
        return Meaning(self.vectors[positions], self.floor, self.ceiling)


def _best(rows: Integers, columns: Integers, values: Floats, most: int) -> tuple[Integers, Integers, Floats, Integers]:
    """The `most` highest values of each row, and their rank in it from 0; ties by the column."""
    import numpy as np

    order = np.lexsort((columns, -np.round(values, 9), rows))
    rows, columns, values = rows[order], columns[order], values[order]
    begins = np.r_[True, rows[1:] != rows[:-1]] if len(rows) else np.empty(0, dtype=bool)
    rank = np.arange(len(rows)) - np.maximum.accumulate(np.where(begins, np.arange(len(rows)), 0))
    keep = rank < most
    return rows[keep], columns[keep], values[keep], rank[keep]


@dataclass(frozen=True)
class Neighbours:
    """Who is near whom, nearest first: row, column, likeness, rank within the row from 0."""

    rows: Integers
    columns: Integers
    values: Floats
    ranks: Integers

    @property
    def usual(self) -> float:
        """The median likeness."""
        import numpy as np

        return float(np.median(self.values)) if len(self.values) else 1.0


def neighbours(words: Words, weights: Floats, meaning: Meaning, at: Floats) -> Neighbours:
    """The nearest neighbours of each memory, `NEIGHBOURS[-1]` at most. `at`: seconds since the epoch, a memory."""
    import numpy as np

    rows = words.scaled(weights)
    columns = rows.T.tocsc()
    found: list[tuple[Integers, Integers, Floats, Integers]] = []
    for start in range(0, rows.shape[0], BLOCK):
        block = (rows[start : start + BLOCK] @ columns).tocoo()
        first, second = block.row.astype(np.int64) + start, block.col.astype(np.int64)
        apart = first != second
        first, second, value, _ = _best(first[apart], second[apart], block.data[apart], CANDIDATES)
        days = np.abs(at[first] - at[second]) / 86_400
        value = value * meaning.of(first, second) * (1.0 + TIME_GAIN * np.exp(-days / TIME_DAYS))
        found.append(_best(first, second, value, NEIGHBOURS[-1]))
    if not found:
        return Neighbours(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0), np.empty(0, np.int64))
    return Neighbours(*(np.concatenate(parts) for parts in zip(*found, strict=True)))


def graph(near: Neighbours, most: int, at: Floats, streams: Integers, links: Links) -> csr_matrix:
    """A symmetric matrix of likenesses: the `most` nearest, who follows whom in a stream, and links known already."""
    import numpy as np
    from scipy.sparse import csr_matrix

    count = len(at)
    keep = near.ranks < most
    one_way = csr_matrix((near.values[keep], (near.rows[keep], near.columns[keep])), shape=(count, count))
    drawn = one_way.maximum(one_way.T)
    order = np.lexsort((np.arange(count), at, streams))
    before, after = order[:-1], order[1:]
    gap = at[after] - at[before]
    follows = (streams[before] == streams[after]) & (gap <= STREAM_GAP)
    beside = STREAM_SHARE * near.usual * np.exp(-gap[follows] / (STREAM_GAP / 3))
    known = near.usual * np.asarray(links.weight, dtype=np.float64)
    first = np.r_[before[follows], np.asarray(links.first, dtype=np.int64)]
    second = np.r_[after[follows], np.asarray(links.second, dtype=np.int64)]
    more = csr_matrix((np.r_[beside, known], (first, second)), shape=(count, count))
    return (drawn + more + more.T).tocsr()
