"""Figures of a period: `./codex metrics`. One module a section; each reads what was recorded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import duckdb

from include.errors import CodexError
from include.installation.prepare import NOT_PREPARED
from include.monitoring.metrics.airflow_tasks import airflow_tasks
from include.monitoring.metrics.language_model import language_model
from include.monitoring.metrics.memory import memory
from include.monitoring.metrics.period import Period
from include.monitoring.metrics.throughput import throughput

if TYPE_CHECKING:
    from include.lake.connection import Lake

Section = Callable[[duckdb.DuckDBPyConnection, Period], dict[str, Any]]
"""Figures of a period, from a connection to the lake that has the store attached as `store`."""

SECTIONS: Mapping[str, Section] = {
    "throughput": throughput,
    "airflow": airflow_tasks,
    "language_model": language_model,
    "memory": memory,
}
"""Key in the JSON → what reads it. A new section is one module and one line here."""


def read_metrics(lake: Lake, length: str, now: datetime | None = None) -> dict[str, Any]:
    """All sections for the period of this length (`24h`, `7d`) up to now, as `metrics --json` shows them.

    Raises CodexError for a length that is none, and where nothing was prepared yet.
    """
    period = Period.ending(now or datetime.now(UTC), length)
    try:
        with lake.connect(store=True) as connection:
            figures = {name: read(connection, period) for name, read in SECTIONS.items()}
    except duckdb.CatalogException:
        raise CodexError(NOT_PREPARED) from None
    return {"period": length, "since": period.since, "until": period.until, **figures}
