"""# Synaptic homeostasis

Once a week all links that are not protected lose a tenth, so that strong ones stay apart from weak ones and there is
room for new ones (Tononi & Cirelli 2014). Links that have become too weak are pruned; memories that can hardly be
recalled any more are archived, to tombstones that can be restored.

**In**: links and traces; Sunday after the night's last cycle. **Out**: the ledger `homeostasis.scaling_events`, the
tombstones `homeostasis.pruned`, `codex_processed.semantic_memory`, the asset `codex://balance`.

**When it fails**: nothing is lost; the week is the key of the ledger, so a second run of a week changes nothing.
"""

from __future__ import annotations

from airflow.sdk import DAG

from codex_dreams.dag.assets import BALANCE
from codex_dreams.dag.dbt_groups import dbt_group
from codex_dreams.dag.deadlines import deadline
from codex_dreams.dag.defaults import BY_HAND, DEFAULT_ARGS, Tag
from codex_dreams.dag.rhythm_tasks import clock, gate, publish
from codex_dreams.dag.schedules import schedule
from codex_dreams.operators.announce import AnnounceOperator
from include.rhythms.catalogue import SYNAPTIC_HOMEOSTASIS

with DAG(
    dag_id="synaptic_homeostasis",
    dag_display_name="Synaptic homeostasis",
    description="Weekly downscaling, pruning, archiving",
    doc_md=__doc__,
    tags=[Tag.CODEX, Tag.ASLEEP],
    schedule=schedule(SYNAPTIC_HOMEOSTASIS),
    deadline=deadline(SYNAPTIC_HOMEOSTASIS),
    params=BY_HAND,
    default_args=DEFAULT_ARGS,
    max_active_runs=1,
    catchup=False,
):
    scale = dbt_group(
        "scale", "homeostasis/scaling_events", "homeostasis/pruned", tooltip="What loses strength, and what is let go"
    )

    announce = AnnounceOperator(asset=BALANCE)

    gate() >> clock() >> scale >> publish() >> announce
