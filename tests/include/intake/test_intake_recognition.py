from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from include.intake.memory_table import DETAILS, EMPTY, Memory, MemoryTable
from include.intake.note import Identity, Note, Place, content_hash
from include.intake.recognition import Change, Outcome, recognise

A, B, C = (UUID(int=number) for number in (1, 2, 3))
COLUMNS = frozenset({"id", "content", "content_hash", "created_at", *DETAILS})
TABLE = MemoryTable(COLUMNS, computed=frozenset(), nulls=frozenset(), demanded=frozenset())
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


def note(note_id: UUID, content: str, **said: object) -> Note:
    place = Place(content)
    return Note(place, note_id, Identity.STATED, content, content_hash(content), NOON, False, **said)  # type: ignore[arg-type]


def memory(memory_id: UUID, content: str) -> Memory:
    said = {column: EMPTY.get(column) for column in DETAILS}
    return Memory(memory_id, content_hash(content), content_hash(content), 0, said)


def contents(notes: Sequence[Note]) -> list[str]:
    return [one.content for one in notes]


def test_only_a_note_that_means_a_memory_under_another_id_is_put_off() -> None:
    notes = [note(A, "a"), note(B, "b"), note(C, "a"), note(C, "c")]
    changes, later = recognise(notes, [memory(A, "a")], {}, TABLE, [])
    assert [one.id for one in later] == [C]
    assert [(each, change.is_new, change.is_nothing) for each, change in changes.items()] == [
        (A, False, True),
        (B, True, False),
        (C, True, False),
    ]


def test_a_memory_that_the_same_notes_make_is_known_too() -> None:
    changes, later = recognise([note(A, "a"), note(B, "a")], [], {}, TABLE, [])
    assert list(changes) == [A]
    assert [one.id for one in later] == [B]
    changes, later = recognise([note(A, "a"), note(B, "a")], [], {}, TABLE)
    assert [outcome for _, outcome in changes[A].entries] == [Outcome.NEW, Outcome.UNCHANGED]
    assert later == []


def test_a_content_that_a_memory_gets_or_gives_up_is_known_too() -> None:
    changes, later = recognise([note(A, "b"), note(B, "b"), note(C, "a")], [memory(A, "a")], {}, TABLE, [])
    assert [(each, change.is_edit) for each, change in changes.items()] == [(A, True), (C, False)]
    assert [one.id for one in later] == [B]


def test_notes_of_a_content_that_was_put_off_keep_their_order() -> None:
    _, later = recognise([note(A, "a", summary="last")], [memory(A, "a")], {}, TABLE, [note(B, "a", summary="first")])
    assert [one.summary for one in later] == ["last"]


def test_new_memories_have_the_position_of_their_note() -> None:
    changes, _ = recognise([note(A, "a"), note(B, "b"), note(A, "a")], [memory(A, "a")], {}, TABLE, [])
    assert changes[B].position == 1


def test_memories_are_moved_on_in_the_order_in_which_their_contents_get_free() -> None:
    notes = [note(A, "b"), note(B, "c"), note(C, "new")]
    changes, later = recognise(notes, [memory(A, "a"), memory(B, "b"), memory(C, "c")], {}, TABLE)
    assert list(changes) == [C, B, A]
    assert [change.after.content for change in changes.values()] == ["new", "c", "b"]
    assert later == []


def test_what_waits_is_gone_on_from_and_stays_as_it_is() -> None:
    known = memory(A, "a")
    first, _ = recognise([note(A, "a", summary="first")], [known], {}, TABLE, [])
    again, _ = recognise([note(A, "a", context="second")], [known], first, TABLE, [])
    assert again[A].before == known
    assert (again[A].after.details["summary"], again[A].after.details["context"]) == ("first", "second")
    assert [place.source for place, _ in again[A].entries] == ["a"]
    assert len(first[A].entries) == 1
    assert first[A].after.details["context"] == ""


def test_a_change_holds_what_it_says_and_where() -> None:
    change = Change(None, memory(A, "a"), entries=[(Place("x"), Outcome.NEW)] * 3)
    assert change.size == 3 * 100 + len("{}")
