"""Telling other rhythms that there is something for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from airflow.sdk import Asset, BaseOperator
from airflow.sdk.exceptions import AirflowSkipException

from codex_dreams.operators.run_clock import run_clock
from include.lake.connection import configured_lake
from include.rhythms.gates import pending

if TYPE_CHECKING:
    from airflow.sdk import Context


class AnnounceOperator(BaseOperator):
    """Emits an asset event, with what is to know about it, if there is something new; else it is skipped.

    :param asset: what is announced
    :param wakes: announce when something waits for this rhythm; without it, when the last publication brought news
    """

    ui_color = "#dceede"

    def __init__(self, *, asset: Asset, wakes: str | None = None, task_id: str = "announce", **kwargs: Any) -> None:
        super().__init__(task_id=task_id, outlets=[asset], **kwargs)
        self.asset = asset
        self.wakes = wakes

    def execute(self, context: Context) -> dict[str, Any]:
        """Returns the event's metadata: rows, what they are, as_of, when in the night, what was asked for by hand."""
        clock = run_clock(context, context["dag_run"].dag_id)
        if self.wakes:
            waiting = pending(configured_lake(), replace(clock, rhythm=self.wakes))
            rows, what = waiting.count, waiting.what
        else:
            rows, what = _news(context["ti"].xcom_pull(task_ids="publish") or {}), "rows came, changed or went"
        if rows == 0:
            raise AirflowSkipException("nothing new to announce")
        window = {"phase": clock.phase, "night": clock.night.isoformat(), "cycle": clock.cycle}
        event = {"rows": rows, "what": what, **window, **clock.wake_up()}
        context["outlet_events"][self.asset].extra = event
        return event


def _news(published: Mapping[str, Mapping[str, int]]) -> int:
    return sum(table["came"] + table["changed"] + table["went"] for table in published.values())
