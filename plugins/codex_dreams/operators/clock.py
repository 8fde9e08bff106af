"""The clock: the one instant that all models of a run work for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

from codex_dreams.operators.run_clock import run_clock
from include.lake.connection import configured_lake
from include.rhythms.clock import in_turn, set_clock

if TYPE_CHECKING:
    from airflow.sdk import Context


class ClockOperator(BaseOperator):
    """Writes the run's clock into `control.clock`, where the rhythm's models read it.

    :param rhythm: whose clock it is; the DAG's id
    """

    ui_color = "#e8e3f5"

    def __init__(self, *, rhythm: str, task_id: str = "clock", **kwargs: Any) -> None:
        super().__init__(task_id=task_id, **kwargs)
        self.rhythm = rhythm

    def execute(self, context: Context) -> dict[str, Any]:
        """Returns what was set: as_of, phase, night, cycle, beat."""
        began = context["dag_run"].start_date or datetime.now(UTC)
        clock = in_turn(configured_lake(), run_clock(context, self.rhythm), began)
        beat = set_clock(configured_lake(), clock)
        self.log.info("%s, night of %s, cycle %d, as of %s", clock.phase, clock.night, clock.cycle, clock.as_of)
        return {
            "as_of": clock.as_of.isoformat(),
            "phase": clock.phase,
            "night": clock.night.isoformat(),
            "cycle": clock.cycle,
            "beat": beat,
        }
