"""# Health

Looks at every part of the system, writes `codex_processed.health`, and keeps the journey of each memory up to date
(`codex_processed.memory_journey`), so that "why is this not remembered?" has an answer.

**In**: everything. **Out**: `codex_processed.health`, views in `monitoring`, the served journey.

**When it fails**: the log of `check` names the part that is down. The rest runs only when something was
published since.
"""

from __future__ import annotations

from airflow.sdk import DAG

from codex_dreams.dag.dbt_groups import dbt_group
from codex_dreams.dag.deadlines import deadline
from codex_dreams.dag.defaults import BY_HAND, DEFAULT_ARGS, Tag
from codex_dreams.dag.rhythm_tasks import clock, gate, publish
from codex_dreams.dag.schedules import schedule
from codex_dreams.dag.upkeep_tasks import check, targets
from include.rhythms.catalogue import HEALTH

with DAG(
    dag_id="health",
    dag_display_name="Health",
    description="Health, backlog, the journey of each memory",
    doc_md=__doc__,
    tags=[Tag.CODEX, Tag.UPKEEP],
    schedule=schedule(HEALTH),
    deadline=deadline(HEALTH),
    params=BY_HAND,
    default_args=DEFAULT_ARGS,
    max_active_runs=1,
    catchup=False,
):
    watch = dbt_group(
        "watch",
        "monitoring/processing_log",
        "monitoring/system_health_dashboard",
        "monitoring/performance_metrics",
        "monitoring/consolidation_stats",
        "monitoring/memory_pipeline_metrics",
        "monitoring/quality_checks",
        "served/served_memory_journey",
        tooltip="What the stages hold, and how well",
    )

    targets()
    check() >> gate() >> clock() >> watch >> publish()
