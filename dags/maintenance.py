"""# Maintenance

Upkeep, once a day in the early afternoon, when neither sleep nor the busiest hours are near. Answers that nobody can
need any more are dropped when they were not used for 90 days. The lake's small files are merged, snapshots older than
30 days expire (until then the lake can be set back), files that nobody refers to go. A backup of store and lake is
made, and the oldest is let go. Rows and logs of Airflow's old runs are deleted.

**In**: the lake, the store, Airflow's metadata and logs. **Out**: a smaller lake, a backup.

**When it fails**: nothing is lost; the next day's run does it. The tasks do not wait for each other's success.
"""

from __future__ import annotations

from airflow.sdk import DAG

from codex_dreams.dag.deadlines import deadline
from codex_dreams.dag.defaults import DEFAULT_ARGS, Tag
from codex_dreams.dag.schedules import schedule
from codex_dreams.dag.upkeep_tasks import back_up, clear_old_runs, drop_unused_answers, keep_up_the_lake
from include.rhythms.catalogue import MAINTENANCE

with DAG(
    dag_id="maintenance",
    dag_display_name="Maintenance",
    description="Upkeep of the lake, a backup, retention",
    doc_md=__doc__,
    tags=[Tag.CODEX, Tag.UPKEEP],
    schedule=schedule(MAINTENANCE),
    deadline=deadline(MAINTENANCE),
    default_args=DEFAULT_ARGS,
    max_active_runs=1,
    catchup=False,
):
    drop_unused_answers() >> keep_up_the_lake() >> back_up() >> clear_old_runs()
