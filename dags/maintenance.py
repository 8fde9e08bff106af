"""# Maintenance

Upkeep of the lake, once a day in the early afternoon, when neither sleep nor the busiest hours are near: small files
are merged, snapshots older than 30 days expire (until then the lake can be set back), files that nobody refers to go.
Before that, answers that nobody can need any more are dropped when they were not used for 90 days.

**In**: the lake. **Out**: a smaller lake.

**When it fails**: nothing is lost; the next day's run does it.
"""

from __future__ import annotations

from airflow.sdk import DAG

from codex_dreams.deadlines import deadline
from codex_dreams.operators.answer_retention import AnswerRetentionOperator
from codex_dreams.operators.upkeep import LakeUpkeepOperator
from codex_dreams.timetables.rhythm import RhythmTimetable
from include.dag_defaults import DEFAULT_ARGS, Tag
from include.rhythms import MAINTENANCE

with DAG(
    dag_id="maintenance",
    dag_display_name="Maintenance",
    description="Compaction and snapshot expiry of the lake",
    doc_md=__doc__,
    tags=[Tag.CODEX, Tag.UPKEEP],
    schedule=RhythmTimetable(at_hours=[14]),
    deadline=deadline(MAINTENANCE),
    default_args=DEFAULT_ARGS,
    max_active_runs=1,
    catchup=False,
):
    AnswerRetentionOperator(task_id="drop_unused_answers") >> LakeUpkeepOperator(task_id="keep_up_the_lake")
