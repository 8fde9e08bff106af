"""# Hippocampal replay · hippocampus, consolidation

Memories are played again. By day, each trace once, with the day so far, when it becomes ready. In slow-wave sleep the
new ones by how much there is to gain and how likely they are needed, with old knowledge interleaved so that it is not
overwritten (Mattar & Daw 2018, McClelland 1995). What is active together is linked (Hebb); a trace that has become
strong enough is consolidated, and the model looks for patterns in what it is linked with. What comes to mind with a new
one is open to change: which earlier notes it takes back or goes on with, which promises it keeps (Nader 2000).

**In**: the asset `codex://ready_episodes`; hourly while awake; the start of each night cycle. By hand: a nap.
**Out**: the ledger `consolidation.replay_events`, links, consolidated memories, the assets
`codex://replayed` and, where notes say more together, `codex://relations`.

**When it fails**: `pattern_discovery` and `relate` fail when Ollama is down; what was found before stands until it is
back.
"""

from __future__ import annotations

from airflow.sdk import DAG

from codex_dreams.dag.assets import RELATIONS, REPLAYED
from codex_dreams.dag.dbt_groups import dbt_group
from codex_dreams.dag.deadlines import deadline
from codex_dreams.dag.defaults import BY_HAND, DEFAULT_ARGS, Tag
from codex_dreams.dag.rhythm_tasks import clock, gate, publish
from codex_dreams.dag.schedules import schedule
from codex_dreams.operators.announce import AnnounceOperator
from codex_dreams.operators.ollama import OllamaEnrichOperator
from include.rhythms.catalogue import HIPPOCAMPAL_REPLAY

with DAG(
    dag_id="hippocampal_replay",
    dag_display_name="Hippocampal replay",
    description="Replay by gain and need, Hebbian links, consolidation",
    doc_md=__doc__,
    tags=[Tag.CODEX, Tag.AWAKE, Tag.ASLEEP, Tag.LANGUAGE_MODEL],
    schedule=schedule(HIPPOCAMPAL_REPLAY),
    deadline=deadline(HIPPOCAMPAL_REPLAY),
    params=BY_HAND,
    default_args=DEFAULT_ARGS,
    max_active_runs=1,
    catchup=False,
):
    replay = dbt_group(
        "replay",
        "staging/stg_codex_processed__retrievals",
        "consolidation/replay_due",
        "consolidation/replay_plan",
        "consolidation/neighbour_lists",
        "consolidation/replay_pairs",
        "consolidation/replay_neighbours",
        "consolidation/replay_events",
        "consolidation/trace_strength",
        "consolidation/memory_associations",
        "consolidation/pattern_requests",
        "threads/relation_requests",
        tooltip="What is replayed, what it is linked with, how strong it became",
    )
    patterns = OllamaEnrichOperator(
        task_id="pattern_discovery", request_model="consolidation.pattern_requests", task="pattern_discovery"
    )
    relate = OllamaEnrichOperator(task_id="relate", request_model="threads.relation_requests", task="relate")
    consolidate = dbt_group(
        "consolidate",
        "threads/note_relations",
        "consolidation/memory_replay",
        "served/served_associations",
        "served/served_memory_strengths",
        tooltip="What passed the threshold, and its patterns; what new notes say of earlier ones",
    )

    announce = AnnounceOperator(asset=REPLAYED, wakes="deep_sleep")
    related = AnnounceOperator(task_id="relations", asset=RELATIONS, wakes="insights")

    gate() >> clock() >> replay >> [patterns, relate] >> consolidate >> publish() >> [announce, related]
