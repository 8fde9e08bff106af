"""Threads of the served schema: those that were told, the latest first, and one with its dated notes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import dict_row

from include.errors import CodexError
from include.reading.latest import published

HEADINGS = {
    "story": "So far",
    "recurs": "Comes again",
    "changed": "Has changed",
    "open": "Open",
    "next": "Could be next",
}
"""The lists of a thread whose items name their memories, in the order of reading, and what stands above each."""

_COLUMNS = """
    thread_id, title, story, recurs, changed, open, next, sentence, memory_ids, members, began_at, last_at, told_at,
    merged_into, model, prompt_version
"""
_LATEST = f"""
    SELECT {_COLUMNS} FROM codex_processed.threads
    WHERE merged_into IS NULL AND (%(since)s::timestamptz IS NULL OR last_at >= %(since)s)
        AND (NOT %(left_open)s OR jsonb_array_length(open) > 0)
    ORDER BY last_at DESC, thread_id LIMIT %(limit)s
"""  # noqa: S608 - no values
_ONE = f"""
    SELECT {_COLUMNS} FROM codex_processed.threads
    WHERE starts_with(thread_id::text, %(beginning)s) ORDER BY thread_id LIMIT 2
"""  # noqa: S608 - no values
_NOTES = """
    SELECT memory_id, created_at, content FROM codex_processed.memory_index
    WHERE memory_id = ANY (%s) ORDER BY created_at, memory_id
"""


def threads(
    store: psycopg.Connection[Any], *, limit: int, since: datetime | None = None, left_open: bool = False
) -> list[dict[str, Any]]:
    """The threads that go on, those with the latest notes first. Raises CodexError where nothing was published.

    :param since: only those with a note from this instant on
    :param left_open: only those that leave something open
    """
    with store.cursor(row_factory=dict_row) as cursor, published():
        return cursor.execute(_LATEST, {"since": since, "left_open": left_open, "limit": limit}).fetchall()


def thread(store: psycopg.Connection[Any], wanted: str) -> dict[str, Any]:
    """A thread by its id, or id's beginning, with its `notes` in order of time: memory_id, created_at, content.

    Raises CodexError where there is none, or several.
    """
    beginning = wanted.strip().lower()
    if not beginning or any(letter not in "0123456789abcdef-" for letter in beginning):
        raise CodexError(f"{wanted!r} is no thread's id; ./codex threads shows them.")
    with store.cursor(row_factory=dict_row) as cursor, published():
        found = cursor.execute(_ONE, {"beginning": beginning}).fetchall()
        if not found:
            raise CodexError(f"There is no thread {wanted}; ./codex threads shows which there are.")
        if len(found) > 1:
            raise CodexError(f"Several threads begin with {wanted}: give more of the id.")
        [told] = found
        named = [memory for field in HEADINGS for item in told[field] for memory in item["memory_ids"]]
        ids = [*map(str, told["memory_ids"]), *named, *(told["sentence"] or {}).get("memory_ids", [])]
        notes = cursor.execute(_NOTES, [list(dict.fromkeys(ids))]).fetchall()
    return {**told, "notes": notes}
