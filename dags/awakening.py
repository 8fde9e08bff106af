"""# Awakening · waking up

The morning, once a day: what is due today and what is late, which threads moved and what you changed your mind on, one
question, one dream, what fades that once mattered. Every line names its notes; what was told is not told again.
A commitment surfaces on its day and not before (Einstein & McDaniel 1990).

**In**: waking time (`morning_time`, `morning_days_off` in `dbt/dbt_project.yml`), once a day. By hand: at any hour.
**Out**: `codex_processed.mornings`; a daily note (`CODEX_VAULT`) and a message (`CODEX_MORNING_CONN_ID`), each once.

**When it fails**: the page is served before it is delivered; a channel that fails is tried again, alone.
"""

from __future__ import annotations

from airflow.sdk import DAG

from codex_dreams.dag.dbt_groups import dbt_group
from codex_dreams.dag.deadlines import deadline
from codex_dreams.dag.defaults import BY_HAND, DEFAULT_ARGS, Tag
from codex_dreams.dag.rhythm_tasks import clock, deliver_morning, gate, publish
from codex_dreams.dag.schedules import schedule
from include.rhythms.catalogue import AWAKENING

with DAG(
    dag_id="awakening",
    dag_display_name="Awakening",
    description="The morning: what is due, what moved, a question, a dream; delivered",
    doc_md=__doc__,
    tags=[Tag.CODEX, Tag.AWAKE],
    schedule=schedule(AWAKENING),
    deadline=deadline(AWAKENING),
    params=BY_HAND,
    default_args=DEFAULT_ARGS,
    max_active_runs=1,
    catchup=False,
):
    morning = dbt_group(
        "morning",
        "awakening/mornings",
        "awakening/morning_items",
        "served/served_mornings",
        tooltip="What is told today, and was not told before",
    )

    gate() >> clock() >> morning >> publish() >> deliver_morning()
