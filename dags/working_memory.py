"""# Working memory · prefrontal cortex

What is on one's mind: of all that arrives within five minutes, seven memories (give or take two) get a place, four are
in focus (Miller 1956, Cowan 2001). What matters, what is urgent and what moves us comes first; what fades waits behind.

**In**: new, changed and deleted rows of `public.memories`; the store says when there are some
(`codex://saved_memories`).
**Out**: a fate for every memory (`working_memory.wm_admissions`), its vector, the served index
(`codex_processed.memory_index`); the assets `codex://memories` and `codex://attention`.

**When it fails**: `gate` says what the store lacks; `perceive` or `embedding` fail when Ollama is down (work
waits, the next beat asks again); a red dbt test names the rule that was broken.
"""

from __future__ import annotations

from airflow.sdk import DAG

from codex_dreams.dag.assets import ATTENTION, MEMORIES
from codex_dreams.dag.dbt_groups import dbt_group
from codex_dreams.dag.deadlines import deadline
from codex_dreams.dag.defaults import BY_HAND, DEFAULT_ARGS, Tag
from codex_dreams.dag.rhythm_tasks import clock, gate, publish
from codex_dreams.dag.schedules import schedule
from codex_dreams.operators.announce import AnnounceOperator
from codex_dreams.operators.ollama import OllamaEnrichOperator
from include.rhythms.catalogue import WORKING_MEMORY

with DAG(
    dag_id="working_memory",
    dag_display_name="Working memory",
    description="Attention: which memories get one of the 7 ± 2 places",
    doc_md=__doc__,
    tags=[Tag.CODEX, Tag.AWAKE, Tag.LANGUAGE_MODEL],
    schedule=schedule(WORKING_MEMORY),
    deadline=deadline(WORKING_MEMORY),
    params=BY_HAND,
    default_args=DEFAULT_ARGS,
    max_active_runs=1,
    catchup=False,
):
    notice = dbt_group(
        "notice",
        "staging/stg_codex_store__memories",
        "staging/stg_codex_store__current_memories",
        "control/given_up",
        "working_memory/wm_feature_requests",
        tooltip="What is new, and what must be asked about it",
    )
    perceive = OllamaEnrichOperator(
        task_id="perceive",
        request_model="working_memory.wm_feature_requests",
        task="perceive",
    )
    vectors = OllamaEnrichOperator(
        task_id="embedding",
        request_model="working_memory.wm_feature_requests",
        task="embedding",
    )
    attend = dbt_group(
        "attend",
        "working_memory/wm_admissions",
        "working_memory/wm_active_attention",
        "threads/note_commitments",
        "control/processing_state",
        "served/served_memory_index",
        tooltip="Who gets a place, and the fate of the others",
    )

    perceived = AnnounceOperator(task_id="memories", asset=MEMORIES, wakes="insights")
    attended = AnnounceOperator(task_id="attention", asset=ATTENTION, wakes="short_term_memory")

    gate() >> clock() >> notice >> [perceive, vectors] >> attend >> publish() >> [attended, perceived]
