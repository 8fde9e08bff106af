"""Threads as communities: which memories belong together, and which belong nowhere.

Leiden's method (Traag et al. 2019) over the graph of likenesses, twice: what the first pass finds tells which words
hold a theme together, and which memories have no part in any. Three graphs are drawn, with few and with more
neighbours, and what they agree on counts. A community that is too large to be told is looked at by itself, where what
all of its memories share tells nothing any more. Most small talk is in no thread.

The same memories give the same threads, in whatever order or parts they come. Cost: as of `likeness`; Leiden's time
grows with the links, `NEIGHBOURS` a memory.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from include.threads.likeness import (
    NEIGHBOURS,
    Links,
    Meaning,
    Memory,
    Tokens,
    Words,
    graph,
    neighbours,
    tokens_of,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    from include.threads.likeness import Floats, Integers

SEED = 1932
"""Fixed: the same graph gives the same communities."""
SMALLEST = 3
"""Memories that make a thread."""
LARGEST = 60
"""Memories that can be told as one story; a larger community is looked at by itself."""
BELONGS = 5.0
"""Evidence from which a memory belongs (an engineering choice): two telling words that others of the thread share."""
USUAL_STORE = 400
"""Of fewer memories less evidence is asked, as the logarithm: in a small store a word can't tell as much."""
LINK_WORTH = 2.0
"""What a known link to a memory of the thread is worth as evidence, at weight 1."""
DEEPEST = 6
"""How often a community is looked at by itself."""
NOWHERE = -1


@dataclass(frozen=True)
class Belonging:
    """Of each memory: its thread, numbered from 0 (-1 for none), and how sure that is."""

    threads: list[int]
    evidence: list[float]


@dataclass(frozen=True)
class _Store:
    """Memories in a stable order, as arrays."""

    documents: list[Tokens]
    belongs: float
    """Evidence from which a memory belongs."""
    meaning: Meaning
    at: Floats
    days: Integers
    streams: Integers
    links: Links

    def part(self, positions: Integers) -> _Store:
        """Some of them."""
        import numpy as np

        place = np.full(len(self.documents), NOWHERE)
        place[positions] = np.arange(len(positions))
        first = place[np.asarray(self.links.first, dtype=np.int64)]
        second = place[np.asarray(self.links.second, dtype=np.int64)]
        both = (first >= 0) & (second >= 0)
        weight = np.asarray(self.links.weight, dtype=np.float64)
        return _Store(
            [self.documents[position] for position in positions],
            self.belongs,
            self.meaning.part(positions),
            self.at[positions],
            self.days[positions],
            self.streams[positions],
            Links(first[both].tolist(), second[both].tolist(), weight[both].tolist()),
        )


def communities(
    memories: Sequence[Memory],
    vectors: NDArray[np.float32],
    *,
    likeness_range: tuple[float, float] = (0.0, 1.0),
    links: Links | None = None,
    zone: str = "UTC",
) -> Belonging:
    """Which thread each memory belongs to, in the order of `memories`.

    `vectors` is (n, d), unit length, zeros where there is none; `likeness_range` the cosines of unrelated texts and of
    texts that say the same. A thread has at least `SMALLEST` memories on two days, by the owner's `zone`. Threads are
    numbered by their first memory.
    """
    import numpy as np

    count = len(memories)
    if count == 0:
        return Belonging([], [])
    order = sorted(range(count), key=lambda index: (memories[index].at, memories[index].memory_id))
    place = {index: position for position, index in enumerate(order)}
    known: dict[str, int] = {}
    given = links or Links()
    local = ZoneInfo(zone)
    store = _Store(
        [tokens_of(memories[index]) for index in order],
        BELONGS * min(1.0, math.log(max(count, 2)) / math.log(USUAL_STORE)),
        Meaning(
            np.asarray(vectors, dtype=np.float32)[order] if count else np.empty((0, 1), np.float32), *likeness_range
        ),
        np.array([memories[index].at.timestamp() for index in order], dtype=np.float64),
        np.array([memories[index].at.astimezone(local).date().toordinal() for index in order], dtype=np.int64),
        np.array([known.setdefault(memories[index].stream, len(known)) for index in order], dtype=np.int64),
        _in_order(given, place),
    )
    threads, evidence = _told_apart(store)
    found, sure = [NOWHERE] * count, [0.0] * count
    for position, index in enumerate(order):
        found[index], sure[index] = int(threads[position]), round(float(evidence[position]), 6)
    return Belonging(found, sure)


def _in_order(links: Links, place: dict[int, int]) -> Links:
    pairs = sorted(
        (min(place[first], place[second]), max(place[first], place[second]), weight)
        for first, second, weight in zip(links.first, links.second, links.weight, strict=True)
    )
    return Links([pair[0] for pair in pairs], [pair[1] for pair in pairs], [pair[2] for pair in pairs])


def _told_apart(store: _Store) -> tuple[Integers, Floats]:
    """Threads of all memories, none too large, each with enough memories on two days; numbered by their first."""
    import numpy as np

    count = len(store.documents)
    threads = np.full(count, NOWHERE, dtype=np.int64)
    evidence = np.zeros(count)
    waiting: list[tuple[Integers, int]] = [(np.arange(count), 0)]
    number = 0
    while waiting:
        positions, depth = waiting.pop(0)
        membership, sure = _belonging(store if depth == 0 else store.part(positions))
        # What can't be told apart any further stays as it is.
        whole = depth > 0 and (membership >= 0).any() and np.ptp(membership[membership >= 0]) == 0
        for label in range(int(membership.max(initial=NOWHERE)) + 1):
            inside = membership == label
            members = positions[inside]
            if len(members) > LARGEST and depth < DEEPEST and not whole:
                waiting.append((members, depth + 1))
            elif len(members) >= SMALLEST and len(np.unique(store.days[members])) > 1:
                threads[members], evidence[members] = number, sure[inside]
                number += 1
    return _numbered(threads), evidence


def _numbered(threads: Integers) -> Integers:
    """Numbers from 0, by the first memory of each."""
    numbers: dict[int, int] = {NOWHERE: NOWHERE}
    for label in threads.tolist():
        numbers.setdefault(label, len(numbers) - 1)
    import numpy as np

    return np.array([numbers[label] for label in threads.tolist()], dtype=np.int64)


def _belonging(store: _Store) -> tuple[Integers, Floats]:
    """The community of each memory, -1 where the evidence is too weak, and the evidence.

    What belongs nowhere in the first pass is left out of the second, and may join at its end.
    """
    import numpy as np

    words = Words(store.documents)
    membership = _leiden_agreed(store, words)
    sure = _evidence(words, membership, membership, store.links)
    core = np.flatnonzero(sure >= store.belongs)
    if len(core) < SMALLEST:
        return np.full(len(store.documents), NOWHERE, dtype=np.int64), sure
    inner = store.part(core)
    inner_words = Words(inner.documents)
    membership = np.full(len(store.documents), NOWHERE, dtype=np.int64)
    membership[core] = _leiden_agreed(inner, inner_words)
    joined = _joined(words, membership)
    sure = _evidence(words, membership, joined, store.links)
    return np.where(sure >= store.belongs, joined, NOWHERE), sure


def _leiden_agreed(store: _Store, words: Words) -> Integers:
    """Communities that graphs with few and with more neighbours agree on, by words weighed by their concentration."""
    import numpy as np
    from scipy.sparse import csr_matrix, triu

    first = neighbours(words, words.weights, store.meaning, store.at)
    found = _leiden(graph(first, NEIGHBOURS[1], store.at, store.streams, store.links))
    near = neighbours(words, words.weights * words.concentration(found), store.meaning, store.at)
    drawn = [graph(near, most, store.at, store.streams, store.links) for most in NEIGHBOURS]
    votes = [_leiden(each) for each in drawn]
    widest = triu(drawn[-1], 1).tocoo()
    agreed = sum((vote[widest.row] == vote[widest.col]).astype(np.float64) for vote in votes) / len(votes)
    weight = widest.data * agreed**2
    return _leiden(csr_matrix((weight, (widest.row, widest.col)), shape=widest.shape))


def _leiden(likenesses: csr_matrix) -> Integers:
    """The community of each memory; links of no weight are none."""
    import igraph
    import leidenalg
    import numpy as np
    from scipy.sparse import triu

    links = triu(likenesses, 1).tocoo()
    weights = np.round(links.data, 6)
    order = np.lexsort((links.col, links.row))
    order = order[weights[order] > 0]
    drawn = igraph.Graph(
        n=likenesses.shape[0], edges=np.column_stack((links.row[order], links.col[order])).astype(int).tolist()
    )
    partition = leidenalg.find_partition(
        drawn,
        leidenalg.RBConfigurationVertexPartition,
        weights=weights[order].tolist(),
        seed=SEED,
        n_iterations=5,
    )
    return np.array(partition.membership, dtype=np.int64)


def _evidence(words: Words, membership: Integers, of: Integers, links: Links) -> Floats:
    """How much of what each memory tells is shared with others of its community, and hardly with the rest.

    `membership` says who makes up a community, `of` whose evidence for which is asked; a memory never speaks for
    itself.
    """
    import numpy as np

    held, total, sizes = words.shares(membership)
    has = words.held.tocoo()
    asked = of[has.row]
    keep = asked >= 0
    row, token, asked = has.row[keep], has.col[keep], asked[keep]
    own = (membership[row] == asked).astype(np.float64)
    inside = np.asarray(held[token, asked]).ravel() - own
    overall = total[token] - (membership[row] >= 0)
    share = np.where(overall > 0, inside / np.maximum(overall, 1.0), 0.0)
    chance = np.minimum((sizes[asked] - own) / max(sizes.sum(), 1.0), 0.99)
    worth = words.weights[token] * np.maximum(0.0, (share - chance) / (1.0 - chance)) * inside / (inside + 1.0)
    evidence = np.bincount(row, weights=worth, minlength=len(of)).astype(np.float64)
    first, second = np.asarray(links.first, dtype=np.int64), np.asarray(links.second, dtype=np.int64)
    for one, other in ((first, second), (second, first)):
        together = (of[one] >= 0) & (of[one] == membership[other])
        evidence += np.bincount(
            one[together], weights=LINK_WORTH * np.asarray(links.weight)[together], minlength=len(of)
        )
    return np.round(evidence, 9)


def _joined(words: Words, membership: Integers) -> Integers:
    """Each memory's community: where it is, or the one that shares most of what it tells."""
    import numpy as np
    from scipy.sparse import diags

    held, total, _ = words.shares(membership)
    if held.shape[1] == 0:
        return membership
    # The share of a token's memories that a community holds, over chance; as `_evidence`, for all communities at once.
    share = (diags(1.0 / np.maximum(total, 1.0)) @ held).tocsr()
    damped = held.copy()
    damped.data = damped.data / (damped.data + 1.0)
    pull = (words.held @ diags(words.weights) @ share.multiply(damped)).tocsr()
    joined = membership.copy()
    for row in np.flatnonzero(membership < 0):
        begin, end = pull.indptr[row], pull.indptr[row + 1]
        if end > begin:
            best = np.lexsort((pull.indices[begin:end], -np.round(pull.data[begin:end], 9)))[0]
            joined[row] = pull.indices[begin:end][best]
    return joined
