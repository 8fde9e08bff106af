"""Publishing what a rhythm learned."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

from include.lake.connection import configured_lake
from include.served.publish import publish
from include.served.tables import SERVED_BY

if TYPE_CHECKING:
    from airflow.sdk import Context


class PublishOperator(BaseOperator):
    """Brings the rhythm's served tables to what the audited build holds, in one transaction.

    A table that is made of what did not pass its audit stays as it was, and the result says why.

    :param rhythm: whose tables; the DAG's id
    """

    ui_color = "#dceede"

    def __init__(self, *, rhythm: str, task_id: str = "publish", **kwargs: Any) -> None:
        super().__init__(task_id=task_id, **kwargs)
        self.rhythm = rhythm

    def execute(self, context: Context) -> dict[str, Any]:
        """Returns, for each table, how many rows it has and how many came, changed and went."""
        clock = context["ti"].xcom_pull(task_ids="clock")
        published = publish(
            configured_lake(),
            SERVED_BY[self.rhythm],
            as_of=datetime.fromisoformat(clock["as_of"]),
            run_id=context["dag_run"].run_id,
        )
        return {
            done.table: {"rows": done.rows, "came": done.came, "changed": done.changed, "went": done.went}
            | ({"held": done.held} if done.held else {})
            for done in published
        }
