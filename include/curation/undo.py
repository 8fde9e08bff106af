"""Undoing a night: lake and served schema as before it, and back again.

The lake keeps its history (DuckLake's snapshots, `KEEP_SNAPSHOTS_DAYS`), and the first run of each night writes down
which snapshot it found (`codex_processed.nights`). Later nights build on the one that is undone, and go with it. What
is the owner's stays as it is: their notes, what they recalled, what they corrected, and what they wished forgotten. So
do the language model's answers, which are paid for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import duckdb
import psycopg

from include.curation.forget import scrub
from include.errors import CodexError
from include.lake.connection import CATALOG_SCHEMA, Lake
from include.lake.upkeep import KEEP_SNAPSHOTS_DAYS, upkeep_lock
from include.language_model.ledger import committed
from include.rhythms.catalogue import RHYTHMS
from include.served.publish import publish_all
from include.store.connection import connect

_STAYS = {
    ("control", name)
    for name in (
        "corrections",
        "answer_contracts",
        "llm_responses",
        "llm_calls",
        "llm_failures",
        "embeddings",
        "model_features",
    )
}
"""Tables of the lake that no undo touches."""

_NIGHTS = """
    SELECT night, snapshot_id, began_at FROM codex_processed.nights
    WHERE undone_by IS NULL ORDER BY snapshot_id DESC, night DESC
"""
_UNDONE = """
    SELECT undo_id, snapshot_before, clocks_after, nights FROM codex_processed.undos
    WHERE redone_at IS NULL ORDER BY undo_id DESC LIMIT 1
"""
_GONE = """
    select memory_id from staging.stg_codex_store__memories
    where
        is_current and not is_deleted
        and memory_id not in (select cast(id as uuid) from store.public.memories)
    union
    select memory_id from store.codex_processed.forgotten
    where is_suppressed or memory_id not in (select cast(id as uuid) from store.public.memories)
"""
"""What the lake may hold of memories that were deleted, or forgotten, after the snapshot."""


@dataclass(frozen=True)
class Night:
    """A night that was lived through: its evening's date, the lake's snapshot before it, when it was begun."""

    night: date
    snapshot: int
    began_at: datetime


@dataclass(frozen=True)
class Undone:
    """What an undo, or a redo, did: the nights that it took away or brought back, the earliest first."""

    nights: tuple[date, ...]
    is_redo: bool
    seconds: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {"nights": list(self.nights), "is_redo": self.is_redo, "seconds": round(self.seconds, 1)}


def nights_to_undo(store: psycopg.Connection[Any], night: date | None) -> list[Night]:
    """The nights that go when this one is undone: it and all later ones, the latest first; without a night, the last.

    Raises CodexError where there was no such night, or the lake's history does not reach back to it.
    """
    known = [Night(*row) for row in store.execute(_NIGHTS).fetchall()]
    if not known:
        raise CodexError("There is no night to undo.")
    wanted = known[0] if night is None else next((each for each in known if each.night == night), None)
    if wanted is None:
        listed = ", ".join(f"{each.night}" for each in known[:5])
        raise CodexError(f"There is no night of {night} to undo; the last ones are {listed}.")
    there = store.execute(
        f"SELECT 1 FROM {CATALOG_SCHEMA}.ducklake_snapshot WHERE snapshot_id = %s",  # noqa: S608 - our own constant
        [wanted.snapshot],
    ).fetchone()
    if there is None:
        raise CodexError(
            f"The night of {wanted.night} can't be undone: the lake keeps its history for {KEEP_SNAPSHOTS_DAYS} days, "
            "and what was before that night has expired. A backup of then may have it (./codex restore-backup)."
        )
    return [each for each in known if each.snapshot >= wanted.snapshot]


def undo(lake: Lake, night: date | None) -> Undone:
    """Set lake and served schema back to before a night (default: the last). No rhythm may run meanwhile.

    Raises CodexError as `nights_to_undo` does; then nothing has changed.
    """
    began = datetime.now(UTC)
    with upkeep_lock(lake.store_url):
        with connect(lake.store_url) as store:
            nights = nights_to_undo(store, night)
        before = _set_back(lake, nights[-1].snapshot)
        undone = tuple(sorted(each.night for each in nights))
        with connect(lake.store_url) as store:
            [(undo_id,)] = store.execute(
                "INSERT INTO codex_processed.undos (snapshot_before, clocks_after, nights) VALUES (%s, %s, %s) "
                "RETURNING undo_id",
                [before, _clocks(lake), list(undone)],
            ).fetchall()
            store.execute(
                "UPDATE codex_processed.nights SET undone_by = %s WHERE undone_by IS NULL AND snapshot_id >= %s",
                [undo_id, nights[-1].snapshot],
            )
    _serve(lake)
    return Undone(undone, is_redo=False, seconds=(datetime.now(UTC) - began).total_seconds())


def redo(lake: Lake) -> Undone:
    """Bring back what the last undo took away. Raises CodexError where there was none, or a rhythm has run since."""
    began = datetime.now(UTC)
    with upkeep_lock(lake.store_url):
        with connect(lake.store_url) as store:
            row = store.execute(_UNDONE).fetchone()
        if row is None:
            raise CodexError("Nothing was undone that could be done again.")
        undo_id, snapshot, clocks, nights = row
        if _clocks(lake) != clocks:
            raise CodexError(
                "A rhythm has run since the undo, so the nights that were undone can't be brought back: "
                "let them happen anew (./codex consolidate --type all)."
            )
        _set_back(lake, snapshot)
        with connect(lake.store_url) as store:
            store.execute("UPDATE codex_processed.undos SET redone_at = now() WHERE undo_id = %s", [undo_id])
            store.execute("UPDATE codex_processed.nights SET undone_by = NULL WHERE undone_by = %s", [undo_id])
    _serve(lake)
    return Undone(tuple(nights), is_redo=True, seconds=(datetime.now(UTC) - began).total_seconds())


def _set_back(lake: Lake, snapshot: int) -> int:
    """Make the lake's tables what they were at a snapshot, in one transaction; returns the snapshot before that."""
    seen: list[int] = []
    with lake.connect(store=True) as connection:
        gone = connection.execute("select snapshot_id from lake.snapshots() where snapshot_id = ?", [snapshot])
        if gone.fetchone() is None:
            raise CodexError("The lake's history does not reach back so far any more.")

        def set_back() -> None:
            seen.append(lake.snapshot(connection))
            for schema, table in _tables(connection):
                _set_table_back(connection, f"{schema}.{table}", snapshot)
            ids: list[UUID] = [row[0] for row in connection.execute(_GONE).fetchall()]
            if ids:
                scrub(connection, ids)

        committed(connection, set_back)
    return seen[-1]


def _set_table_back(connection: duckdb.DuckDBPyConnection, place: str, snapshot: int) -> None:
    """Within a transaction: the rows of then; columns that came since are null, and what was not there is empty."""
    then, now = _columns(connection, place, snapshot), _columns(connection, place)
    listed = ", ".join(f'"{name}"' for name in then if name in now)
    if listed:
        # Looked up first: what a transaction has deleted is gone from the history that it sees, too.
        rows = f"select {listed} from {place} at (version => {int(snapshot)})"  # noqa: S608 - names of our own tables
        connection.execute(f"create or replace temp table former as {rows}")
    connection.execute(f"delete from {place}")  # noqa: S608 - the same
    if listed:
        connection.execute(f"insert into {place} ({listed}) select {listed} from former")  # noqa: S608 - the same


def _tables(connection: duckdb.DuckDBPyConnection) -> Sequence[tuple[str, str]]:
    found = connection.execute(
        "select schema_name, table_name from duckdb_tables() where database_name = 'lake' order by all"
    ).fetchall()
    return [(schema, table) for schema, table in found if (schema, table) not in _STAYS and schema != "reference"]


def _columns(connection: duckdb.DuckDBPyConnection, place: str, snapshot: int | None = None) -> list[str]:
    """The columns of a table, now or at a snapshot; none where it was not there."""
    when = "" if snapshot is None else f" at (version => {int(snapshot)})"
    try:
        described = connection.execute(f"describe from {place}{when}").fetchall()
    except duckdb.CatalogException:
        return []
    return [row[0] for row in described]


def _clocks(lake: Lake) -> str:
    """By which one can see that no rhythm has run: each one's beat and run."""
    with lake.connect(threads=1) as connection:
        rows = connection.execute("select rhythm, beat, run_id from control.clock order by rhythm").fetchall()
    return "; ".join(f"{rhythm} {beat} {run_id}" for rhythm, beat, run_id in rows)


def _serve(lake: Lake) -> None:
    """Serve what the lake holds now, each table as of the last run of its rhythm."""
    with lake.connect(threads=1) as connection:
        clocks = dict(connection.execute("select rhythm, as_of from control.clock").fetchall())
    now = datetime.now(UTC)
    publish_all(
        lake, {table: clocks.get(rhythm.dag_id, now) for rhythm in RHYTHMS for table in rhythm.serves}, run_id="undo"
    )
