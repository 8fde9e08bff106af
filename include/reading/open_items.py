"""What is open, what changed, what is asked: commitments, changes of mind and questions, as they are served."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import psycopg
from psycopg.rows import dict_row

from include.errors import CodexError
from include.reading.latest import published

OWNER = "me"
"""Who owes, or is owed, where it is the owner of the notes."""

_COMMITMENTS = """
    SELECT c.commitment_id AS id, c.what, c.who, c.to_whom, c.due_date, c.due_at, c.kind, c.state, c.said,
        c.opened_by, c.opened_at, c.closed_by, c.closed_at, c.memory_ids, c.as_of,
        ARRAY(
            SELECT o.what FROM codex_processed.commitments o
            WHERE o.commitment_id = ANY (c.clashes_with) ORDER BY o.due_at, o.commitment_id
        ) AS clashes_with
    FROM codex_processed.commitments c
    WHERE (%(closed)s OR c.state IN ('open', 'late')) AND (%(until)s::date IS NULL OR c.due_date <= %(until)s)
    ORDER BY c.state IN ('open', 'late') DESC, c.due_date NULLS LAST, c.due_at, c.opened_at, c.commitment_id
    LIMIT %(limit)s
"""

_CHANGES = """
    SELECT c.change_id AS id, c.earlier_id, c.later_id, c.before, c.after, c.changed_at, c.why,
        e.created_at AS held_since, c.model
    FROM codex_processed.changes_of_mind c
    LEFT JOIN codex_processed.memory_index e ON e.memory_id = c.earlier_id
    WHERE %(since)s::timestamptz IS NULL OR c.changed_at >= %(since)s
    ORDER BY c.changed_at DESC, c.change_id LIMIT %(limit)s
"""

_QUESTIONS = """
    SELECT question_id AS id, kind, question, memory_ids, commitment_id, asked_at, settled_at
    FROM codex_processed.questions
    WHERE %(settled)s OR settled_at IS NULL
    ORDER BY settled_at IS NOT NULL, asked_at DESC, question_id LIMIT %(limit)s
"""


def until(text: str, today: date) -> date:
    """The day that `--due` means: a date (YYYY-MM-DD), or so many days from today. Raises CodexError."""
    try:
        return today + timedelta(days=int(text)) if text.strip().isdigit() else date.fromisoformat(text.strip())
    except (ValueError, OverflowError):
        raise CodexError(f"--due is {text!r}; give a date such as 2026-03-31, or a number of days.") from None


def commitments(
    store: psycopg.Connection[Any], *, limit: int, due: date | None = None, closed: bool = False
) -> list[dict[str, Any]]:
    """Open and late commitments, what is due first; `closed`: done and dropped ones, too, after them.

    Raises CodexError where nothing was published.
    """
    with store.cursor(row_factory=dict_row) as cursor, published():
        return cursor.execute(_COMMITMENTS, {"limit": limit, "until": due, "closed": closed}).fetchall()


def changes(store: psycopg.Connection[Any], *, limit: int, since: datetime | None = None) -> list[dict[str, Any]]:
    """Changes of mind, the latest first; those since an instant. Raises CodexError where nothing was published."""
    with store.cursor(row_factory=dict_row) as cursor, published():
        return cursor.execute(_CHANGES, {"limit": limit, "since": since}).fetchall()


def questions(store: psycopg.Connection[Any], *, limit: int, settled: bool = False) -> list[dict[str, Any]]:
    """Questions to the owner, the latest first; `settled`: those that were settled, too, after them.

    Raises CodexError where nothing was published.
    """
    with store.cursor(row_factory=dict_row) as cursor, published():
        return cursor.execute(_QUESTIONS, {"limit": limit, "settled": settled}).fetchall()
