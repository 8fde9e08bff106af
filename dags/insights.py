"""# Insights · the quick path

One key insight a memory, minutes after it was saved, without attention or sleep: useful at once, while the biological
path takes its nights. It is the gist that perceiving the memory gave; of memories that say nearly the same the earliest
has the insight, the others are its evidence. What follows only from several memories together (`hippocampal_replay`
compares them) stands before that, and is what is shown.

**In**: memories that working memory perceived; `threads.note_relations`. **Out**: `codex_processed.insights`, the asset
`codex://insights`.

**When it fails**: a red dbt test names the rule that was broken; what waits is shown by the next beat.
"""

from __future__ import annotations

from airflow.sdk import DAG

from codex_dreams.dag.assets import INSIGHTS as INSIGHTS_ASSET
from codex_dreams.dag.dbt_groups import dbt_group
from codex_dreams.dag.deadlines import deadline
from codex_dreams.dag.defaults import BY_HAND, DEFAULT_ARGS, Tag
from codex_dreams.dag.rhythm_tasks import clock, gate, publish
from codex_dreams.dag.schedules import schedule
from codex_dreams.operators.announce import AnnounceOperator
from include.rhythms.catalogue import INSIGHTS

with DAG(
    dag_id="insights",
    dag_display_name="Insights",
    description="The quick path: one key insight a memory",
    doc_md=__doc__,
    tags=[Tag.CODEX, Tag.AWAKE],
    schedule=schedule(INSIGHTS),
    deadline=deadline(INSIGHTS),
    params=BY_HAND,
    default_args=DEFAULT_ARGS,
    max_active_runs=1,
    catchup=False,
):
    understand = dbt_group(
        "understand",
        "insights/insight_texts",
        "insights/insight_repeats",
        "insights/insights",
        "insights/insights_across",
        "served/served_insights",
        tooltip="What says what no other said before, and what follows from several memories together",
    )

    announce = AnnounceOperator(asset=INSIGHTS_ASSET)

    gate() >> clock() >> understand >> publish() >> announce
