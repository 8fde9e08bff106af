"""What waits in the lake, and what was given up: asked by status, health and targets alike."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import duckdb


class Backlog(NamedTuple):
    """How many memories have no fate yet, and since when the oldest of them waits; None where none does."""

    memories: int
    since: datetime | None


class GivenUp(NamedTuple):
    """How many questions of a task got no valid answer too often in a row, and what was wrong with the latest."""

    task: str
    questions: int
    last_error: str


def backlog(lake: duckdb.DuckDBPyConnection, now: datetime) -> Backlog:
    """Memories that wait for their fate at an instant; those that lie in the future do not."""
    question = (
        "select count(*), min(waits_since) from control.processing_state where status = 'pending' and event_at <= ?"
    )
    [row] = lake.execute(question, [now]).fetchall()
    return Backlog(*row)


def given_up(lake: duckdb.DuckDBPyConnection) -> list[GivenUp]:
    """What was given up, by task."""
    question = "select task, count(*), max_by(last_error, failed_at) from control.given_up group by task order by task"
    return [GivenUp(*row) for row in lake.execute(question).fetchall()]
