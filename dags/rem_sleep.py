"""# REM sleep · dreams

Knowledge that never met is brought together: of different kinds, not linked, alike enough to meet and remote enough to
surprise (Mednick 1962), rather where a thread has an open point (current concerns, Klinger 1978). Twenty pairs a night,
most of them towards morning. When all have met, at most three pairs of two threads are asked about: what of the one
helps the open point of the other. Mostly nothing does. What came of them is compared, two by two, and at most one is
told. A dream worth keeping starts a weak link.

**In**: knowledge, threads, commitments; the REM part of each night cycle. By hand: a whole night's dreams.
**Out**: `codex_processed.creative_insights`, the asset `codex://dreams`. Dreams are kept apart from memories and never
dreamt on.

**When it fails**: `dream` and `dream_choice` fail when Ollama is down; the pairs are kept and asked again until the
next night is over.
"""

from __future__ import annotations

from airflow.sdk import DAG

from codex_dreams.dag.assets import DREAMS
from codex_dreams.dag.dbt_groups import dbt_group
from codex_dreams.dag.deadlines import deadline
from codex_dreams.dag.defaults import BY_HAND, DEFAULT_ARGS, Tag
from codex_dreams.dag.rhythm_tasks import clock, gate, publish
from codex_dreams.dag.schedules import schedule
from codex_dreams.operators.announce import AnnounceOperator
from codex_dreams.operators.ollama import OllamaEnrichOperator
from include.rhythms.catalogue import REM_SLEEP

with DAG(
    dag_id="rem_sleep",
    dag_display_name="REM sleep",
    description="Dreams: what one thread has to give to an open point of another",
    doc_md=__doc__,
    tags=[Tag.CODEX, Tag.ASLEEP, Tag.LANGUAGE_MODEL],
    schedule=schedule(REM_SLEEP),
    deadline=deadline(REM_SLEEP),
    params=BY_HAND,
    default_args=DEFAULT_ARGS,
    max_active_runs=1,
    catchup=False,
):
    ask = dbt_group(
        "ask", "rem/rem_pairs", "rem/rem_requests", tooltip="Which pairs meet tonight, and which are asked about"
    )
    dream = OllamaEnrichOperator(task_id="dream", request_model="rem.rem_requests", task="dream")
    compare = dbt_group("compare", "rem/rem_choices", tooltip="What came of it, two by two")
    choice = OllamaEnrichOperator(task_id="dream_choice", request_model="rem.rem_choices", task="dream_choice")
    keep = dbt_group(
        "keep", "rem/creative_insights", "served/served_creative_insights", tooltip="What is worth telling"
    )

    announce = AnnounceOperator(asset=DREAMS)

    gate() >> clock() >> ask >> dream >> compare >> choice >> keep >> publish() >> announce
