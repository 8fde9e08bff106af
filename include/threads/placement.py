"""Where each memory belongs tonight, and under which thread's name."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from include.embedded_model.words import LANGUAGES, language_of
from include.threads.communities import communities
from include.threads.identity import thread_ids
from include.threads.likeness import Links, Memory

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST = 10_000
"""The latest memories, among which communities are looked for; older ones stay where they are. It bounds time and
memory of a night (docs/biology.md)."""
ASSOCIATION_SHARE = 0.5
"""What an association counts of a link that is known: replay links also what merely happened together (an engineering
choice)."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Note:
    """A memory as the lake has it. `at` is in microseconds since 1970, UTC.

    `vector` is (d,) of unit length, and no array where it has none; `thread_id` and `born` are of the thread it was in
    before, None where it was in none.
    """

    memory_id: str
    at: int
    text: str
    cues: Sequence[str]
    stream: str
    note_key: str
    vector: Any
    thread_id: str | None
    born: str | None


@dataclass(frozen=True)
class Place:
    """Where a memory belongs: its thread, None for none, and how sure that is; its language's English name."""

    memory_id: str
    note_key: str
    thread_id: str | None
    evidence: float
    language: str


def place(
    notes: Sequence[Note],
    links: Sequence[tuple[str, str, float]],
    *,
    likeness_range: tuple[float, float],
    zone: str,
    elsewhere: Collection[str] = (),
) -> list[Place]:
    """The place of each memory, in the order given, which must be that of time.

    :param links: pairs of memory ids and the weight of their association
    :param likeness_range: the cosines of unrelated texts and of texts that say the same
    :param elsewhere: threads of memories that are not among the notes
    :param zone: the owner's, by which days are told apart
    """
    positions = {note.memory_id: position for position, note in enumerate(notes)}
    memories = [
        Memory(note.memory_id, _EPOCH + timedelta(microseconds=int(note.at)), note.text, tuple(note.cues), note.stream)
        for note in notes
    ]
    known = Links(
        [positions[one] for one, _, _ in links],
        [positions[other] for _, other, _ in links],
        [weight * ASSOCIATION_SHARE for *_, weight in links],
    )
    belonging = communities(memories, _vectors(notes), likeness_range=likeness_range, links=known, zone=zone)
    members: dict[int, list[str]] = {}
    for note, number in zip(notes, belonging.threads, strict=True):
        if number >= 0:
            members.setdefault(number, []).append(note.memory_id)
    before = {note.memory_id: note.thread_id for note in notes if note.thread_id}
    born = {note.thread_id: note.born or "" for note in notes if note.thread_id}
    names = dict(zip(members, thread_ids(list(members.values()), before, born, elsewhere), strict=True))
    return [
        Place(note.memory_id, note.note_key, names.get(number), sure, LANGUAGES[language_of(note.text)].capitalize())
        for note, number, sure in zip(notes, belonging.threads, belonging.evidence, strict=True)
    ]


def _vectors(notes: Sequence[Note]) -> NDArray[np.float32]:
    """(n, d), with zeros where a memory has none."""
    import numpy as np

    size = next((len(note.vector) for note in notes if _is_vector(note.vector)), 1)
    vectors = np.zeros((len(notes), size), dtype=np.float32)
    for row, note in enumerate(notes):
        if _is_vector(note.vector):
            vectors[row] = note.vector
    return vectors


def _is_vector(value: Any) -> bool:
    return value is not None and hasattr(value, "__len__") and len(value) > 0
