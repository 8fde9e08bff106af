"""# Deep sleep · neocortex

What was consolidated becomes knowledge: its gist without the episode it came from, in the column of what is alike, with
a strength that fades unless it is used (McClelland 1995, Wixted & Ebbesen 1991). What the owner is bound to do is open,
done, late or dropped as of now (Einstein & McDaniel 1990). Once a night, memories that belong together become threads
(schemas: Bartlett 1932, Tse 2007), and a thread that has changed is told anew.

**In**: the asset `codex://replayed`; the middle of each night cycle, and every six hours.
**Out**: `codex_processed.semantic_memory`, `commitments`, `changes_of_mind`, `questions`, `threads`,
`thread_members`; the asset `codex://knowledge`.

**When it fails**: `semantic_summary` and `thread` fail when Ollama is down. A red test keeps yesterday's knowledge
served.
"""

from __future__ import annotations

from airflow.sdk import DAG

from codex_dreams.dag.assets import KNOWLEDGE
from codex_dreams.dag.dbt_groups import dbt_group
from codex_dreams.dag.deadlines import deadline
from codex_dreams.dag.defaults import BY_HAND, DEFAULT_ARGS, Tag
from codex_dreams.dag.rhythm_tasks import clock, gate, publish
from codex_dreams.dag.schedules import schedule
from codex_dreams.operators.announce import AnnounceOperator
from codex_dreams.operators.ollama import OllamaEnrichOperator
from include.rhythms.catalogue import DEEP_SLEEP

with DAG(
    dag_id="deep_sleep",
    dag_display_name="Deep sleep",
    description="Knowledge: gist, columns, concepts, retrieval strength; threads",
    doc_md=__doc__,
    tags=[Tag.CODEX, Tag.ASLEEP, Tag.LANGUAGE_MODEL],
    schedule=schedule(DEEP_SLEEP),
    deadline=deadline(DEEP_SLEEP),
    params=BY_HAND,
    default_args=DEFAULT_ARGS,
    max_active_runs=1,
    catchup=False,
):
    ask = dbt_group("ask", "long_term/ltm_gist_requests", tooltip="What has no gist yet")
    gist = OllamaEnrichOperator(
        task_id="semantic_summary", request_model="long_term.ltm_gist_requests", task="semantic_summary"
    )
    store = dbt_group(
        "store",
        "long_term/ltm_semantic_network",
        "long_term/ltm_strength",
        "long_term/ltm_cortical_columns",
        "threads/changes_of_mind",
        "long_term/ltm_validity",
        "long_term/ltm_concepts",
        "long_term/ltm_concept_links",
        "threads/commitments",
        "threads/questions",
        "served/served_semantic_memory",
        "served/served_commitments",
        "served/served_changes_of_mind",
        "served/served_questions",
        tooltip="Knowledge, its strength as of now, its columns and concepts; what is owed to whom",
    )

    find = dbt_group(
        "find",
        "threads/thread_notes",
        "threads/thread_before",
        "threads/thread_places",
        "threads/thread_moves",
        "threads/thread_events",
        "threads/thread_requests",
        tooltip="Which memories belong together, and which threads have changed since they were told",
    )
    tell = OllamaEnrichOperator(task_id="thread", request_model="threads.thread_requests", task="thread")
    told = dbt_group(
        "told",
        "threads/threads",
        "served/served_threads",
        "served/served_thread_members",
        tooltip="Each thread as it was told last",
    )

    announce = AnnounceOperator(asset=KNOWLEDGE)

    gate() >> clock() >> ask >> gist >> store >> find >> tell >> told >> publish() >> announce
