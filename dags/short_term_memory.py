"""# Short-term memory · hippocampus, encoding

What was attended becomes a trace: bound to its goal, place, people and feeling, and to the episode it belongs to. An
episode ends at a pause, at a jump in meaning, or after 30 minutes (Zacks 2007). Strong feelings leave deeper traces,
and lend some of their strength to what happened around them (McGaugh 2004, Frey & Morris 1997).

**In**: the asset `codex://attention`; every 15 minutes while awake, for what a failed run left behind. **Out**:
`short_term.stm_traces`, `codex_processed.episodes`, the asset `codex://ready_episodes` as soon as traces are ready for
replay.

**When it fails**: a red dbt test names the rule that was broken. A day is laid down as a whole: one memory that comes
late leaves its day to be laid down again, nothing is lost.
"""

from __future__ import annotations

from airflow.sdk import DAG

from codex_dreams.dag.assets import READY_EPISODES
from codex_dreams.dag.dbt_groups import dbt_group
from codex_dreams.dag.deadlines import deadline
from codex_dreams.dag.defaults import BY_HAND, DEFAULT_ARGS, Tag
from codex_dreams.dag.rhythm_tasks import clock, gate, publish
from codex_dreams.dag.schedules import schedule
from codex_dreams.operators.announce import AnnounceOperator
from include.rhythms.catalogue import SHORT_TERM_MEMORY

with DAG(
    dag_id="short_term_memory",
    dag_display_name="Short-term memory",
    description="Traces: goal, place, time, people, feeling, and the episode they belong to",
    doc_md=__doc__,
    tags=[Tag.CODEX, Tag.AWAKE],
    schedule=schedule(SHORT_TERM_MEMORY),
    deadline=deadline(SHORT_TERM_MEMORY),
    params=BY_HAND,
    default_args=DEFAULT_ARGS,
    max_active_runs=1,
    catchup=False,
):
    encode = dbt_group(
        "encode",
        "short_term/stm_due",
        "short_term/stm_traces",
        "short_term/stm_episode_formation",
        "short_term/stm_spatial_memory",
        "short_term/stm_emotional_context",
        "short_term/stm_decay",
        "short_term/stm_ready",
        "served/served_episodes",
        tooltip="Traces and episodes",
    )

    announce = AnnounceOperator(asset=READY_EPISODES, wakes="hippocampal_replay")

    gate() >> clock() >> encode >> publish() >> announce
