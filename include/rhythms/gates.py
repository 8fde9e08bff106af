"""Gates: how much waits for a rhythm. A cheap question that keeps an idle rhythm to one short task.

The lake answers it (`control.pending`, from views that the models use, too). What only PostgreSQL knows is looked up
in the store and told the lake with the question, as is the clock of whoever asks: a gate comes before its run's clock.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from include.lake.connection import Lake
from include.rhythms.catalogue import BY_DAG, HEALTH, HIPPOCAMPAL_REPLAY, WORKING_MEMORY
from include.served.audit import owed
from include.store.connection import connect
from include.store.news import NOTHING_TOLD, StoreNews, publications_since_journeys, recalls_since, source_news

if TYPE_CHECKING:
    import duckdb
    import psycopg

    from include.rhythms.clock import Clock

_ASKED = ("rhythm", "as_of", "phase", "night", "cycle", "zone", "slow_wave_until", "rem_until", "sleep_travels")
"""What of a clock a question is asked by (`control.asking`)."""
_TOLD_BY_STORE = {WORKING_MEMORY.dag_id, HIPPOCAMPAL_REPLAY.dag_id, HEALTH.dag_id}


@dataclass(frozen=True)
class Pending:
    """How much waits, and what it is. `has_run`: whether the rhythm has ever had something to do."""

    count: int
    what: str
    has_run: bool = False


def pending(lake: Lake, clock: Clock, *, served: bool = True) -> Pending:
    """What waits for the clock's rhythm at its instant. Raises CodexError when the store can't be used.

    `served`: whether what was built and is not served yet waits, too.
    """
    with lake.connect(threads=2) as connection:
        # One look at the lake's catalog for all questions, instead of one for each: it takes longer than most answers.
        connection.begin()
        try:
            if not served:
                return to_work_off(connection, lake, clock)
            return pending_for(connection, lake, [clock])[clock.rhythm]
        finally:
            connection.rollback()


def to_work_off(connection: duckdb.DuckDBPyConnection, lake: Lake, clock: Clock) -> Pending:
    """What is new for the clock's rhythm, whatever is served."""
    if clock.rhythm not in _TOLD_BY_STORE:
        return waiting(connection, [clock])[clock.rhythm]
    with connect(lake.store_url) as store:
        return waiting(connection, [clock], _news(connection, store, [clock]))[clock.rhythm]


def pending_for(connection: duckdb.DuckDBPyConnection, lake: Lake, clocks: Sequence[Clock]) -> Mapping[str, Pending]:
    """What waits for the rhythm of each clock, over a connection to the lake.

    Where nothing is new, what was built and is not served yet still waits: a night that failed is caught up.
    """
    with connect(lake.store_url) as store:
        found = waiting(connection, clocks, _news(connection, store, clocks))
        return {name: new if new.count else _owed(store, name, new) for name, new in found.items()}


def _owed(store: psycopg.Connection[Any], rhythm: str, nothing: Pending) -> Pending:
    tables = owed(store, rhythm, BY_DAG[rhythm].serves, has_run=nothing.has_run)
    if not tables:
        return nothing
    return replace(nothing, count=len(tables), what=f"tables are not served as they were built ({', '.join(tables)})")


def waiting(
    connection: duckdb.DuckDBPyConnection, clocks: Sequence[Clock], news: StoreNews = NOTHING_TOLD
) -> Mapping[str, Pending]:
    """What is new in the lake, and in what is told of the store, for the rhythm of each clock at its instant."""
    asking = [{name: getattr(clock, name) for name in _ASKED} for clock in clocks]
    for variable, value in (("asking", asking), ("store_news", asdict(news))):
        connection.execute(f"set variable {variable} = ?", [json.dumps(value, default=str)])
    names = [clock.rhythm for clock in clocks]
    # No parameters, so that what is not asked is not planned; and to plan one rhythm's view takes a fraction of all.
    view = f"pending_{names[0]}" if len(names) == 1 else "pending"
    listed = ", ".join(f"'{name}'" for name in names)
    rows = connection.execute(f"select rhythm, waiting, what, has_run from control.{view} where rhythm in ({listed})")
    return {rhythm: Pending(count, what, has_run) for rhythm, count, what, has_run in rows.fetchall()}


def _news(connection: duckdb.DuckDBPyConnection, store: psycopg.Connection[Any], clocks: Sequence[Clock]) -> StoreNews:
    """What the store holds that the rhythms of the clocks would take in."""
    by_rhythm = {clock.rhythm: clock for clock in clocks}
    news = source_news(store) if WORKING_MEMORY.dag_id in by_rhythm else NOTHING_TOLD
    if replay := by_rhythm.get(HIPPOCAMPAL_REPLAY.dag_id):
        [(last_recall,)] = connection.execute("select retrieval_id from control.last_recall").fetchall()
        news = replace(news, recalls=recalls_since(store, last_recall, replay.as_of))
    if HEALTH.dag_id in by_rhythm:
        news = replace(news, publications=publications_since_journeys(store))
    return news
