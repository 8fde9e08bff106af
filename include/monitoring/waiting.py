"""What waits in the lake and what was given up: for status, health and targets alike."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from include.lake.connection import Lake
from include.parameters import parameters
from include.rhythms.catalogue import RHYTHMS
from include.rhythms.clock import read_clock
from include.rhythms.gates import Pending, pending_for
from include.rhythms.sleep_plan import SleepPlan
from include.settings import settings

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


def waiting_work(connection: duckdb.DuckDBPyConnection, lake: Lake, moment: datetime) -> Mapping[str, Pending]:
    """What a beat at an instant would work off, by rhythm; of the night's own nothing.

    Whether dreams are due is a question of the hour, not of what waits.
    """
    plan = SleepPlan.of(parameters(), settings().zone)
    return pending_for(
        connection,
        lake,
        [
            read_clock(rhythm.dag_id, "look", plan, trigger="scheduled", run_after=moment, given={}, wake_ups=[])
            for rhythm in RHYTHMS
            if rhythm.patience is not None
        ],
    )
