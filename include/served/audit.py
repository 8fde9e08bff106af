"""Whether what the lake holds may be served: every model that a served table is made of passed its last audit.

The audits are written by the builds themselves (dbt/macros/audit.sql) into `codex_processed.audits`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from include.served.tables import ServedTable

BUILT_WITHIN = timedelta(minutes=10)
"""A model that has been under construction for longer was left by a process that is gone."""


def passed_in(store: psycopg.Connection[Any], model: str, rhythm: str, run_id: str) -> bool:
    """Whether a run of a rhythm was the last to build the model, and it passed with all its tests."""
    row = store.execute(
        "SELECT status = 'passed' FROM codex_processed.audits WHERE (model, rhythm, run_id) = (%s, %s, %s)",
        [model, rhythm, run_id],
    ).fetchone()
    return row == (True,)


def verdicts(store: psycopg.Connection[Any]) -> dict[str, tuple[str, str | None, datetime]]:
    """The last audit of each model: status, reason, when."""
    rows = store.execute("SELECT model, status, reason, audited_at FROM codex_processed.audits").fetchall()
    return {model: (status, reason, at) for model, status, reason, at in rows}


def under_construction(tables: Sequence[ServedTable], audits: Mapping[str, tuple[str, str | None, datetime]]) -> bool:
    """Whether a model that one of the tables is read from is being built at this moment."""
    now = datetime.now(UTC)
    return any(
        audits[model][0] == "building" and now - audits[model][2] < BUILT_WITHIN
        for table in tables
        for model in table.read_from
        if model in audits
    )


def objection(table: ServedTable, audits: Mapping[str, tuple[str, str | None, datetime]]) -> str | None:
    """Why the table can't be served as the lake holds it now; None where nothing speaks against it."""
    now = datetime.now(UTC)
    red = []
    for model in sorted(table.made_of & audits.keys()):
        status, reason, at = audits[model]
        if status == "failed":
            red.append(f"{model}: {reason}")
        elif status == "building" and (model in table.read_from or now - at >= BUILT_WITHIN):
            red.append(f"{model}: its build did not end")
    return "; ".join(red) or None


def owed(store: psycopg.Connection[Any], rhythm: str, serves: Sequence[str], *, has_run: bool) -> list[str]:
    """Of the tables that a rhythm serves, those whose present state in the lake is not served yet.

    A beat without news must catch up on them. A table is owed where its models were built after it was last published,
    where it was held back, or where it was never published although the rhythm has run.
    """
    if not serves:
        return []
    rows = store.execute(
        """
        SELECT name
        FROM unnest(%(names)s::text[]) AS name
        LEFT JOIN codex_processed.publications p ON p.table_name = name
        WHERE
            (%(has_run)s AND p.table_name IS NULL)
            OR p.published_at < (SELECT max(audited_at) FROM codex_processed.audits WHERE rhythm = %(rhythm)s)
            OR EXISTS (SELECT 1 FROM codex_processed.held_back h WHERE h.table_name = name)
        ORDER BY name
        """,
        {"names": list(serves), "rhythm": rhythm, "has_run": has_run},
    ).fetchall()
    return [name for (name,) in rows]
