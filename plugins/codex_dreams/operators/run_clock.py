"""Reading a run's clock from its context."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from include.parameters import parameters
from include.rhythms.clock import Clock, Trigger, read_clock
from include.rhythms.sleep_plan import SleepPlan
from include.settings import settings

if TYPE_CHECKING:
    from airflow.sdk import Context

_TRIGGERS: Mapping[str, Trigger] = {"scheduled": "scheduled", "backfill": "scheduled", "asset_triggered": "asset"}


def sleep_plan() -> SleepPlan:
    """The owner's nights."""
    return SleepPlan.of(parameters(), settings().zone)


def run_clock(context: Context, rhythm: str) -> Clock:
    """The clock of the context's run; raises CodexError for an `as_of` that is no instant."""
    run = context["dag_run"]
    # Values given when triggering by hand arrive as params where the DAG declares them.
    given: dict[str, Any] = {**dict(context["params"]), **dict(run.conf or {})}
    events = context.get("triggering_asset_events") or {}
    return read_clock(
        rhythm,
        run.run_id,
        sleep_plan(),
        trigger=_TRIGGERS.get(str(getattr(run.run_type, "value", run.run_type)), "manual"),
        run_after=run.run_after,
        given=given,
        wake_ups=[event.extra or {} for asset in events for event in events[asset]],
        began=run.start_date,
    )
