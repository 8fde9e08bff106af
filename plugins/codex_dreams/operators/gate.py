"""The gate: a rhythm with nothing to do is one short task."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.providers.standard.operators.python import ShortCircuitOperator

from codex_dreams.operators.run_clock import run_clock
from include.lake.connection import configured_lake
from include.rhythms.gates import pending

if TYPE_CHECKING:
    from airflow.sdk import Context


class GateOperator(ShortCircuitOperator):
    """Lets the run pass when something waits for the rhythm, and skips the rest of it otherwise.

    :param rhythm: whose work is looked at; the DAG's id
    """

    ui_color = "#e8e3f5"

    def __init__(self, *, rhythm: str, task_id: str = "gate", **kwargs: Any) -> None:
        super().__init__(task_id=task_id, python_callable=lambda: True, **kwargs)
        self.rhythm = rhythm

    def execute(self, context: Context) -> Any:
        """Count what waits; the count is the task's result, for whoever asks why a run did nothing."""
        waiting = pending(configured_lake(), run_clock(context, self.rhythm))
        self.log.info("%d %s", waiting.count, waiting.what)
        self.python_callable = lambda: waiting.count > 0
        return super().execute(context)
