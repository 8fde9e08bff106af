"""Whether what the lake holds may be served: every model that a served table is made of passed its last audit.

The audits are written by the builds themselves (dbt/macros/audit.sql) into `codex_processed.audits`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import psycopg

from include.served.tables import ServedTable
from include.settings import home

BUILT_WITHIN = timedelta(minutes=10)
"""A model that has been under construction for longer was left by a process that is gone."""

_SOURCES = re.compile(r"\b(?:from|join)\s+([a-z_]+)\.([a-z_]+)", re.IGNORECASE)


def models_of(table: ServedTable) -> frozenset[str]:
    """The models that the table is read from, by name; tables that Python writes (control.embeddings) are none."""
    known = _lineage(home().manifest.stat().st_mtime_ns)
    return frozenset(name for _, name in _SOURCES.findall(table.query) if name in known)


def made_of(table: ServedTable) -> frozenset[str]:
    """The models that the table is read from, and all that those are made of."""
    known = _lineage(home().manifest.stat().st_mtime_ns)
    return frozenset(name for model in models_of(table) for name in known[model])


@lru_cache(maxsize=2)
def _lineage(_version: int) -> Mapping[str, frozenset[str]]:
    """For each model of the dbt manifest itself and all that it is made of."""
    manifest = json.loads(home().manifest.read_text())
    parents = {
        node["name"]: [
            manifest["nodes"][parent]["name"] for parent in manifest["parent_map"][key] if parent.startswith("model.")
        ]
        for key, node in manifest["nodes"].items()
        if node["resource_type"] == "model"
    }
    closure: dict[str, frozenset[str]] = {}

    def reach(model: str) -> frozenset[str]:
        if model not in closure:
            closure[model] = frozenset({model}).union(*(reach(parent) for parent in parents[model]))
        return closure[model]

    return {model: reach(model) for model in parents}


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
        for model in models_of(table)
        if model in audits
    )


def objection(table: ServedTable, audits: Mapping[str, tuple[str, str | None, datetime]]) -> str | None:
    """Why the table can't be served as the lake holds it now; None where nothing speaks against it."""
    now, direct = datetime.now(UTC), models_of(table)
    red = []
    for model in sorted(made_of(table) & audits.keys()):
        status, reason, at = audits[model]
        if status == "failed":
            red.append(f"{model}: {reason}")
        elif status == "building" and (model in direct or now - at >= BUILT_WITHIN):
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
