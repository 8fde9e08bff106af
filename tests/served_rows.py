"""Rows of the served schema as a test wants them, without a night that makes them."""

from __future__ import annotations

from typing import Any

import psycopg


def insert(store: psycopg.Connection[Any], table: str, **row: Any) -> None:
    """One row of a served table; what every row has beside its own columns is filled in."""
    given = {"as_of": "2026-03-04T09:00:00Z", "row_hash": "0" * 32} | row
    store.execute(
        f"INSERT INTO codex_processed.{table} ({', '.join(given)}) "  # type: ignore[arg-type]
        f"VALUES ({', '.join(['%s'] * len(given))})",
        list(given.values()),
    )
