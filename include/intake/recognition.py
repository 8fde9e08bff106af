"""Recognising the memory a note means, and the change it makes. Nothing is read or written here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import Enum
from uuid import UUID

from include.intake.memory_table import EMPTY, Memory, MemoryTable
from include.intake.note import Identity, Note, Place

CHARACTERS_OF_A_PLACE = 100
"""The room that the place of a note takes, as good as characters."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Outcome(Enum):
    """The result for one note."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass
class Change:
    """The change that notes make in one memory: as the table has it (None: not at all), and as it is after them.

    `entries` are the place and the outcome of each note; `position` is that of the first of them in its batch.
    """

    before: Memory | None
    after: Memory
    position: int = 0
    entries: list[tuple[Place, Outcome]] = field(default_factory=list)

    @property
    def is_new(self) -> bool:
        """Whether there is no such row yet."""
        return self.before is None

    @property
    def is_edit(self) -> bool:
        """Whether the content of a known row changes."""
        return self.before is not None and self.before.digest != self.after.digest

    @property
    def is_nothing(self) -> bool:
        """Whether the table has it so already, in the end."""
        return self.before == self.after

    @property
    def size(self) -> int:
        """Characters it holds, about."""
        return self.after.size + CHARACTERS_OF_A_PLACE * len(self.entries)

    def outcomes(self) -> list[Outcome]:
        """Give one for each note. Where notes contradict each other, nothing changes if the last says what is known."""
        if self.is_nothing:
            return [Outcome.UNCHANGED] * len(self.entries)
        return [outcome for _, outcome in self.entries]


def recognise(
    notes: Sequence[Note],
    memories: Iterable[Memory],
    waiting: Mapping[UUID, Change],
    table: MemoryTable,
    put_off: Iterable[Note] | None = None,
) -> tuple[dict[UUID, Change], list[Note]]:
    """Return the changes that notes make, by memory, in the order in which known rows are to be written.

    `memories` are those of the table that have an id or a content hash of a note; `waiting` are changes of earlier
    notes that are not written yet (the result goes on from them, and lists these notes alone); `table` has the columns
    that can be filled.

    A note means the memory that has its content, whatever its id (codex-store, too, knows memories by content),
    else the memory that has its id, else a new one. But a memory under another id may get another content yet:
    `today.md` was moved to the archive, and there is a new `today.md`. Taken for the memory that `today.md` was, the
    file in the archive would be lost. So the notes that mean such a memory are returned, too, for a call after all
    others; `put_off` are those of earlier calls, None says that this is the call for them.
    """
    recognition = _Recognition(memories, waiting, table)
    if put_off is None:
        _take_freed_first(recognition, notes)
        return recognition.changes, []
    return recognition.changes, _take_own(recognition, notes, put_off)


def _take_own(recognition: _Recognition, notes: Sequence[Note], put_off: Iterable[Note]) -> list[Note]:
    """Take the notes but those that mean a memory under another id; those with the same content keep their order."""
    later: list[Note] = []
    contents = {note.content_hash for note in put_off}
    for position, note in enumerate(notes):
        if note.content_hash in contents or recognition.means_another_id(note):
            contents.add(note.content_hash)
            later.append(note)
        else:
            recognition.take(position, note)
    return later


def _take_freed_first(recognition: _Recognition, notes: Sequence[Note]) -> None:
    """Take the notes in order, except that memories are moved on before another one gets their content."""
    recognition.expect(notes)
    queue = list(enumerate(notes))
    while queue:
        free = (index for index, (_, note) in enumerate(queue) if not recognition.must_wait(note))
        recognition.take(*queue.pop(next(free, 0)))


class _Recognition:
    def __init__(self, memories: Iterable[Memory], waiting: Mapping[UUID, Change], table: MemoryTable) -> None:
        self.changes: dict[UUID, Change] = {}
        self._table = table
        self._known: dict[UUID, Change] = {}
        self._same: dict[str, list[UUID]] = {}
        self._moving: set[UUID] = set()
        for memory in memories:
            held = waiting.get(memory.id)
            self._known[memory.id] = Change(held.before, held.after) if held else Change(memory, memory)
            self._same.setdefault(memory.content_hash, []).append(memory.id)

    def means_another_id(self, note: Note) -> bool:
        """Whether the note means a memory under another id."""
        known = self._find(note)
        return known is not None and known.after.id != note.id

    def expect(self, notes: Iterable[Note]) -> None:
        """Remember which memories are about to get another content."""
        for note in notes:
            known = self._known.get(note.id)
            if known is not None and known.after.digest != note.content_hash:
                self._moving.add(note.id)

    def must_wait(self, note: Note) -> bool:
        """Whether the note means a memory under another id that is about to get another content."""
        known = self._find(note)
        return known is not None and known.after.id != note.id and known.after.id in self._moving

    def take(self, position: int, note: Note) -> None:
        """Add the note to the known memories."""
        change = self._find(note)
        if change is None:
            change = Change(None, self._new(note), position, [(note.place, Outcome.NEW)])
            self._known[note.id] = change
            self._same.setdefault(note.content_hash, []).append(note.id)
        else:
            before, change.after = change.after, self._updated(change.after, note)
            change.entries.append((note.place, Outcome.UNCHANGED if change.after == before else Outcome.CHANGED))
            if before.content_hash != note.content_hash:
                self._same[before.content_hash].remove(before.id)
                self._same.setdefault(note.content_hash, []).append(before.id)
                self._moving.discard(before.id)  # it has moved: what means it now need not wait, and keeps its order
        self.changes[change.after.id] = change

    def _find(self, note: Note) -> Change | None:
        same = self._same.get(note.content_hash) if self._table.by_content else None
        if same and note.id not in same:
            return self._known[same[0]]
        return self._known.get(note.id)

    def _details(self, note: Note) -> dict[str, object]:
        """Return the note's values, in columns that the table has."""
        details = {column: getattr(note, column) for column in self._table.details}
        if note.tags is not None and "tags" in details:
            details["tags"] = list(note.tags)
        return {column: value for column, value in details.items() if value is not None}

    def _new(self, note: Note) -> Memory:
        details = {column: EMPTY.get(column) for column in self._table.details}
        return Memory(
            note.id,
            note.content_hash,
            note.content_hash,
            _microseconds(note.created_at),
            details | self._details(note),
            note.content,
            note.created_at,
        )

    def _updated(self, memory: Memory, note: Note) -> Memory:
        updated = replace(memory, details=memory.details | self._details(note))
        if memory.digest != note.content_hash:
            updated = replace(updated, content_hash=note.content_hash, digest=note.content_hash, content=note.content)
        # Said once more, a memory is as old as it was; only a note that has an id of its own can correct its time.
        if note.dated and note.identity is not Identity.CONTENT and note.id == memory.id:
            updated = replace(updated, microseconds=_microseconds(note.created_at), created_at=note.created_at)
        return updated


def _microseconds(instant: datetime) -> int:
    return (instant - _EPOCH) // _MICROSECOND
