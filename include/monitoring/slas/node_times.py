"""How long each dbt model and test took: dbt's own events in the process, as rows of `stage_metrics`."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from include.store.address import store_url
from include.store.connection import connect

log = logging.getLogger(__name__)

KEPT_DAYS = 90


class NodeTimes:
    """A callback of `dbtRunner`: gathers the nodes of an invocation and stores them when it ends. Never fails it.

    :param dag_id: the DAG, and the run of it, that dbt runs for
    """

    def __init__(self, dag_id: str, run_id: str) -> None:
        self._run = dag_id, run_id
        self._rows: list[tuple[str, str, float, int | None]] = []

    def __call__(self, event: Any) -> None:
        """Take in an event of dbt; most are of no interest."""
        try:
            if event.info.name == "NodeFinished":
                result = event.data.run_result
                self._rows.append(
                    (
                        event.data.node_info.node_name,
                        str(result.status),
                        1000 * float(result.execution_time),
                        _rows_affected(result),
                    )
                )
            elif event.info.name == "CommandCompleted" and self._rows:
                self._store()
        except Exception:  # a measure that can't be taken is no reason to lose what was measured
            log.warning("the times of dbt's models could not be stored", exc_info=True)

    def _store(self) -> None:
        rows, self._rows = self._rows, []
        store_times(*self._run, rows)


def store_times(dag_id: str, run_id: str, rows: Sequence[tuple[str, str, float, int | None]]) -> None:
    """Store what a run's models and tests took: name, status, milliseconds, rows where they are known."""
    with connect(store_url()) as store, store.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO codex_processed.stage_metrics (dag_id, run_id, step, status, duration_ms, rows_affected) "
            "VALUES (%s, %s, %s, %s, %s, %s)",
            [(dag_id, run_id, *row) for row in rows],
        )
        cursor.execute(
            "DELETE FROM codex_processed.stage_metrics WHERE recorded_at < now() - %s * interval '1 day'",
            [KEPT_DAYS],
        )


def _rows_affected(result: Any) -> int | None:
    """Rows that a model wrote, where the adapter tells; for a test, the rows that broke it."""
    rows = getattr(result.adapter_response, "fields", {}).get("rows_affected")
    return int(rows.number_value) if rows is not None else None
