"""The tasks that each rhythm begins and ends with: gate, clock, publishing. A rhythm is named as its DAG is."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

from airflow.sdk import get_current_context, task
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from codex_dreams.morning import deliver_morning_of
from codex_dreams.operators.run_clock import run_clock
from include.errors import CodexError
from include.lake.connection import configured_lake
from include.rhythms.catalogue import BY_DAG
from include.rhythms.clock import in_turn, set_clock
from include.rhythms.gates import pending
from include.served.publish import publish as publish_tables

log = logging.getLogger(__name__)

PUBLISH = "publish"
"""The id of the task that publishes, in every DAG."""
DELIVER = "deliver_morning"
"""The id of the task that delivers the morning."""


@task.short_circuit(task_id="gate", multiple_outputs=False)
def gate() -> int:
    """How much waits for the rhythm; where nothing does, the rest of the run is skipped."""
    context = get_current_context()
    try:
        moment = run_clock(context, context["dag_run"].dag_id)
    except CodexError as error:  # what was given by hand is no better the next time
        raise AirflowFailException(str(error)) from None
    waiting = pending(configured_lake(), moment)
    log.info("%d %s", waiting.count, waiting.what)
    return waiting.count


@task(task_id="clock", multiple_outputs=False)
def clock() -> dict[str, Any]:
    """Sets the one instant that all models of a run work for, in `control.clock`; returns it with its window."""
    context = get_current_context()
    began = context["dag_run"].start_date or datetime.now(UTC)
    now = in_turn(configured_lake(), run_clock(context, context["dag_run"].dag_id), began)
    beat = set_clock(configured_lake(), now)
    log.info("%s, night of %s, cycle %d, as of %s", now.phase, now.night, now.cycle, now.as_of)
    return {
        "as_of": now.as_of.isoformat(),
        "phase": now.phase,
        "night": now.night.isoformat(),
        "cycle": now.cycle,
        "beat": beat,
    }


@task(task_id=DELIVER, multiple_outputs=False, retries=5)
def deliver_morning() -> dict[str, str]:
    """Delivers the morning of the run's day to each channel that is set up, once; returns what became of each.

    Fails when a channel fails, and is tried again: what has arrived is left out. The page is served whatever happens.
    """
    as_of = datetime.fromisoformat(get_current_context()["ti"].xcom_pull(task_ids="clock")["as_of"])
    delivered = deliver_morning_of(as_of)
    if isinstance(delivered, str):
        raise AirflowSkipException(delivered)
    return dict(delivered)


@task(task_id=PUBLISH, multiple_outputs=False)
def publish() -> dict[str, Any]:
    """Brings the rhythm's served tables to what the audited build holds, in one transaction.

    A table that is made of what did not pass its audit stays as it was, and the result says why. Returns, for each
    table, how many rows it has and how many came, changed and went.
    """
    context = get_current_context()
    run = context["dag_run"]
    as_of = context["ti"].xcom_pull(task_ids="clock")["as_of"]
    tables = BY_DAG[run.dag_id].serves
    published = publish_tables(configured_lake(), tables, as_of=datetime.fromisoformat(as_of), run_id=run.run_id)
    return {
        done.table: {"rows": done.rows, "came": done.came, "changed": done.changed, "went": done.went}
        | ({"held": done.held} if done.held else {})
        for done in published
    }
