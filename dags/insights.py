"""# Insights · the quick path

One key insight a memory, minutes after it was saved, without attention or sleep: useful at once, while the biological
path takes its nights. Memories that say nearly the same are asked about once: the earliest has the insight, the others
are its evidence. What follows only from several memories together (`hippocampal_replay` compares them) stands before
that, and is what is shown.

**In**: memories that working memory took in; `threads.note_relations`. **Out**: `codex_processed.insights`, the asset
`codex://insights`.

**When it fails**: `key_insight` fails when Ollama is down; what waits is asked again at the next beat. An answer that
was invalid three times is given up and listed in `control.given_up`.
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
from codex_dreams.operators.ollama import OllamaEnrichOperator
from include.rhythms.catalogue import INSIGHTS

with DAG(
    dag_id="insights",
    dag_display_name="Insights",
    description="The quick path: one key insight a memory",
    doc_md=__doc__,
    tags=[Tag.CODEX, Tag.AWAKE, Tag.LANGUAGE_MODEL],
    schedule=schedule(INSIGHTS),
    deadline=deadline(INSIGHTS),
    params=BY_HAND,
    default_args=DEFAULT_ARGS,
    max_active_runs=1,
    catchup=False,
):
    ask = dbt_group(
        "ask",
        "insights/insight_texts",
        "insights/insight_repeats",
        "insights/insight_requests",
        tooltip="Which memories have no insight yet, and say what no other said before",
    )
    insight = OllamaEnrichOperator(task_id="key_insight", request_model="insights.insight_requests", task="key_insight")
    learn = dbt_group(
        "learn",
        "insights/insights",
        "insights/insights_across",
        "served/served_insights",
        tooltip="What was understood, and what follows from several memories together",
    )

    announce = AnnounceOperator(asset=INSIGHTS_ASSET)

    gate() >> clock() >> ask >> insight >> learn >> publish() >> announce
