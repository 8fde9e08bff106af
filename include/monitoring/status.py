"""The state of an installation in numbers: `./codex status`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import duckdb
import psycopg

from include.airflow_service import metadata as airflow_metadata
from include.airflow_service import supervisor
from include.errors import CodexError
from include.installation.prepare import NOT_PREPARED, check_prepared
from include.lake.connection import configured_lake
from include.language_model.choice import configured_model
from include.language_model.model import ModelUnavailableError
from include.monitoring.waiting import given_up, waiting_work
from include.rhythms.catalogue import RHYTHMS
from include.settings import home, settings
from include.store.address import embedded, metadata_url, store_url
from include.store.connection import redacted

FATES = ("attended", "unattended", "filtered", "failed", "pending")

_ACCOUNT = """
    select coalesce(state.status, 'pending') as fate, count(*)
    from store.public.memories as memories
    left join control.processing_state as state on cast(memories.id as uuid) = state.memory_id
    where cast(memories.id as uuid) not in (
        select memory_id from store.codex_processed.forgotten where is_suppressed
    )
    group by all
"""

_STAGES = "select stage, memories from monitoring.memory_pipeline_metrics order by step"


def read_status() -> dict[str, Any]:
    """Everything `status --json` shows; the shape is documented in docs/command-line.md. The store must be running."""
    running = supervisor.running_service()
    clocks, account, stages, failed, waits = _from_lake(datetime.now(UTC))
    last_runs = _last_runs()
    return {
        "web_url": running.web_url if running else None,
        "running": running is not None,
        "home": str(home().root),
        "store": "embedded" if embedded() else redacted(store_url()),
        "store_url": redacted(store_url()),
        "lake": settings().lake_path,
        "timezone": settings().codex_timezone,
        "language_model": _language_model(),
        "accounting": account,
        "given_up": failed,
        "stages": stages,
        "rhythms": {
            rhythm.dag_id: {
                "as_of": clocks.get(rhythm.dag_id),
                "last_run": last_runs.get(rhythm.dag_id),
                "waiting": waits.get(rhythm.dag_id),
            }
            for rhythm in RHYTHMS
        },
    }


def accounting() -> dict[str, int]:
    """How many memories of the source have each fate; `source` is the sum of all others."""
    check_prepared()
    try:
        with configured_lake().connect(store=True) as connection:
            return _account(connection)
    except duckdb.CatalogException:
        raise CodexError(NOT_PREPARED) from None  # the preparation was cut off


def _account(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    fates = dict(connection.execute(_ACCOUNT).fetchall())
    return {"source": sum(fates.values()), **{fate: int(fates.get(fate, 0)) for fate in FATES}}


def _from_lake(
    moment: datetime,
) -> tuple[dict[str, str], dict[str, int], dict[str, int], list[dict[str, Any]], dict[str, dict[str, Any]]]:
    """Clocks (rhythm → as_of), the account of all memories, rows a stage, what was given up a task, what waits."""
    check_prepared()
    try:
        with configured_lake().connect(store=True, threads=1) as connection:
            clocks = connection.execute("select rhythm, as_of from control.clock").fetchall()
            account = _account(connection)
            stages = dict(connection.execute(_STAGES).fetchall())
            failed = given_up(connection)
            waits = waiting_work(connection, configured_lake(), moment)
    except duckdb.CatalogException:
        raise CodexError(NOT_PREPARED) from None  # the preparation was cut off
    return (
        {rhythm: as_of.isoformat() for rhythm, as_of in clocks},
        account,
        {stage: int(count) for stage, count in stages.items()},
        [{"task": task, "questions": int(count), "last_error": error} for task, count, error in failed],
        {rhythm: {"count": found.count, "what": found.what} for rhythm, found in waits.items()},
    )


def _last_runs() -> dict[str, dict[str, Any]]:
    """The last run of each DAG, from Airflow's metadata; empty where that can't be read from here (Astro)."""
    url = metadata_url()
    if url is None:
        return {}
    try:
        with airflow_metadata.metadata(url) as connection:
            runs = airflow_metadata.last_runs(connection)
    except (CodexError, psycopg.Error):
        return {}
    return {
        dag_id: {
            "run_id": run.run_id,
            "type": run.run_type,
            "state": run.state,
            "started_at": run.started_at,
            "ended_at": run.ended_at,
        }
        for dag_id, run in runs.items()
    }


def _language_model() -> str:
    try:
        return configured_model(settings()).identity("answers").model
    except ModelUnavailableError as error:
        return f"not available: {error}"
