"""Remembering: notes from any source into the source table, batch by batch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg
from psycopg import errors

from include.errors import CodexError
from include.intake.memory_table import MemoryTable
from include.intake.note import MAX_CONTENT_LENGTH, Identity, Note, Place, Refusal, Rules
from include.intake.recognition import Change, Outcome, recognise
from include.intake.sources import Source
from include.settings import settings
from include.store.connection import connect

BATCH_NOTES = 1_000
"""Notes of one transaction at most."""

BATCH_CHARACTERS = 4_000_000
"""Characters of one transaction, about; one long note may be more."""

HELD = 1_000
"""Notes, or changes, that are held back at most until the end."""

KEPT_REFUSALS = 1_000
"""Refusals that are kept with their reasons; all are counted."""

_OF_ONE_ROW = (
    psycopg.DataError,
    psycopg.IntegrityError,
    errors.RaiseException,
    errors.ProgramLimitExceeded,
    errors.StatementTooComplex,
    errors.TransactionRollback,
    errors.DeadlockDetected,
    errors.SerializationFailure,
)
"""Errors over one row, or over two intakes at once; all others concern the whole table."""


@dataclass
class Remembered:
    """The result: how many notes were new, changed, unchanged, refused. `refusals` are the first 1,000."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    refusals: list[Refusal] = field(default_factory=list)

    def refuse(self, refusal: Refusal) -> None:
        """Count one more that was not taken."""
        self.refused += 1
        if len(self.refusals) < KEPT_REFUSALS:
            self.refusals.append(refusal)

    def count(self, outcomes: Iterable[Outcome]) -> None:
        """Count notes that were taken."""
        counts = Counter(outcomes)
        self.new += counts[Outcome.NEW]
        self.changed += counts[Outcome.CHANGED]
        self.unchanged += counts[Outcome.UNCHANGED]

    def as_json(self) -> dict[str, object]:
        """Return the same for `--json`."""
        return {
            "new": self.new,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "refused": self.refused,
            "refusals": [
                {"source": refusal.source, "line": refusal.line, "reason": refusal.reason} for refusal in self.refusals
            ],
        }


def remember(
    store: str | psycopg.Connection[Any],
    sources: Iterable[Source],
    *,
    progress: Callable[[int], None] | None = None,
    max_content_length: int = MAX_CONTENT_LENGTH,
    zone: ZoneInfo | None = None,
) -> Remembered:
    """Write the notes of the sources to `public.memories`; returns how many were new, changed, unchanged, refused.

    `store` is a URL, or a connection (each batch is a transaction, or a savepoint where the caller has begun one).
    `progress` is called with the number of notes dealt with so far. `zone` is that of times without one; default:
    the owner's.

    Batches that were written stay, whatever happens afterwards. Raises CodexError when the store can't be reached, or
    the table lacks a required column or requires one that no note fills.
    """
    rules = Rules(zone or settings().zone, max_content_length)
    if isinstance(store, str):
        with connect(store, autocommit=True) as connection:
            connection.execute("SET client_encoding TO 'UTF8'")
            return _Intake(connection, progress).run(sources, rules)
    return _Intake(store, progress).run(sources, rules)


class _Intake:
    """One call of `remember`."""

    def __init__(self, connection: psycopg.Connection[Any], progress: Callable[[int], None] | None) -> None:
        self._connection = connection
        self._progress = progress
        self._remembered = Remembered()
        self._claims = _Claims()
        # Changes of a known memory besides its content. They wait, because a later note may repeat the
        # memory and say otherwise: only the last word is written, and the same input once more writes nothing.
        self._waiting: dict[UUID, Change] = {}
        # Notes that mean a memory under another id, which may get another content yet.
        self._later: list[Note] = []

    def run(self, sources: Iterable[Source], rules: Rules) -> Remembered:
        try:
            with self._connection.transaction():
                self._table = MemoryTable.at_hand(self._connection)
            read = 0
            for batch in _batches(chain.from_iterable(source.read(rules) for source in sources)):
                if notes := list(self._accepted(batch)):
                    self._settle(notes)
                self._write_waiting(at_last=False)
                read += len(batch)
                if self._progress:
                    self._progress(read)
            self._write_waiting(at_last=True)
        except psycopg.Error as error:
            raise CodexError(
                f"The store stopped taking notes: {_message(error)}. What was taken before is kept; when this is "
                "mended, give the same notes again."
            ) from error
        return self._remembered

    def _accepted(self, batch: Iterable[Note | Refusal]) -> Iterator[Note]:
        for read in batch:
            refusal = read if isinstance(read, Refusal) else self._claims.refusal(read)
            if refusal is not None:
                self._remembered.refuse(refusal)
            elif isinstance(read, Note):
                yield read

    def _settle(self, notes: list[Note], *, at_last: bool = False) -> None:
        """Write the changes of the notes. Where the table refuses them, they are halved until one stands alone."""
        try:
            with self._connection.transaction():
                changes, later = self._changes(notes, at_last=at_last)
                edits = [change.after for change in changes.values() if change.is_edit]
                new = sorted((change for change in changes.values() if change.is_new), key=lambda new: new.position)
                # First the edits, which may free a content that a new row has.
                self._table.edit(self._connection, edits)
                self._table.insert(self._connection, [change.after for change in new])
        except _OF_ONE_ROW as error:
            self._raise_if_of_all(error)
            if len(notes) == 1:
                self._remembered.refuse(Refusal.at(notes[0].place, _message(error)))
                return
            middle = len(notes) // 2
            self._settle(notes[:middle], at_last=at_last)
            self._settle(notes[middle:], at_last=at_last)
            return
        self._later += later
        self._account(changes)

    def _changes(self, notes: list[Note], *, at_last: bool) -> tuple[dict[UUID, Change], list[Note]]:
        if "metadata" in self._table.details:
            notes = self._with_canonical_metadata(notes)
        memories = self._table.find(
            self._connection, (note.id for note in notes), (note.content_hash for note in notes)
        )
        return recognise(notes, memories, self._waiting, self._table, None if at_last else self._later)

    def _with_canonical_metadata(self, notes: list[Note]) -> list[Note]:
        texts = [note.metadata for note in notes if note.metadata is not None]
        canonical = iter(self._table.canonical(self._connection, texts))
        return [note if note.metadata is None else replace(note, metadata=next(canonical)) for note in notes]

    def _account(self, changes: dict[UUID, Change]) -> None:
        for memory_id, change in changes.items():
            earlier = self._waiting.pop(memory_id, None)
            if earlier is not None:
                earlier.entries.extend(change.entries)
                change.entries = earlier.entries
            if change.is_new or change.is_edit or change.is_nothing:
                self._remembered.count(change.outcomes())
            else:
                self._waiting[memory_id] = change

    def _write_waiting(self, *, at_last: bool) -> None:
        """Write all waiting changes at last; before, only when they have become too many to hold."""
        if self._later and (at_last or _too_many(self._later)):
            later, self._later = self._later, []
            self._settle(later, at_last=True)
        if self._waiting and (at_last or _too_many(self._waiting.values())):
            changes, self._waiting = list(self._waiting.values()), {}
            if not self._wrote(changes):
                for change in changes:
                    self._wrote([change])

    def _wrote(self, changes: list[Change]) -> bool:
        """Write them, and return whether they could be written together. One alone that can't be is refused."""
        try:
            with self._connection.transaction():
                self._table.update(self._connection, [change.after for change in changes])
        except _OF_ONE_ROW as error:
            self._raise_if_of_all(error)
            if len(changes) == 1:
                self._refuse_changes(changes[0], _message(error))
            return False
        for change in changes:
            self._remembered.count(change.outcomes())
        return True

    def _refuse_changes(self, change: Change, reason: str) -> None:
        for place, outcome in change.entries:
            if outcome is Outcome.UNCHANGED:
                self._remembered.count([outcome])
            else:
                self._remembered.refuse(Refusal.at(place, reason))

    def _raise_if_of_all(self, error: psycopg.Error) -> None:
        """Give up over a column that no note can fill (CodexError)."""
        column = error.diag.column_name
        if isinstance(error, errors.NotNullViolation) and column and column not in self._table.columns:
            raise CodexError(
                f"The source table public.memories needs a value in its column {column}, which Codex Dreams does not "
                "know. Give the column a default, or allow it to be null."
            ) from error


class _Claims:
    """The ids that notes stated, and where: one input can't say two things of one memory."""

    def __init__(self) -> None:
        # An export of a million memories is a million ids, so of each content only as much as distinguishes it.
        self._claims: dict[bytes, tuple[bytes, Place]] = {}

    def refusal(self, note: Note) -> Refusal | None:
        """Say why the note can't be taken: its id stands for another content further up."""
        if note.identity is not Identity.STATED:
            return None
        digest = bytes.fromhex(note.content_hash[:16])
        first, where = self._claims.setdefault(note.id.bytes, (digest, note.place))
        if first == digest:
            return None
        return Refusal.at(note.place, f"the id {note.id} stands for another content already, in {where}")


def _too_many(held: Collection[Note | Change]) -> bool:
    return len(held) >= HELD or sum(one.size for one in held) >= BATCH_CHARACTERS


def _batches(read: Iterator[Note | Refusal]) -> Iterator[list[Note | Refusal]]:
    batch: list[Note | Refusal] = []
    size = 0
    for one in read:
        batch.append(one)
        size += one.size if isinstance(one, Note) else 0
        if len(batch) >= BATCH_NOTES or size >= BATCH_CHARACTERS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _message(error: psycopg.Error) -> str:
    text = error.diag.message_primary or str(error)
    return text.strip().splitlines()[0].rstrip(".") if text.strip() else type(error).__name__
