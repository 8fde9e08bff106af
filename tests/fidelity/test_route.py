"""What is measured in memory is what the real DAGs write into the real lake."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from include.demo.sample import month
from include.language_model.choice import embedded_model
from tests.conftest import ZONE, World
from tests.fidelity.mind import Mind
from tests.fidelity.planted import Note
from tests.fidelity.rendered import Renderer

COMPARED = {
    "working_memory.wm_admissions": "memory_id, fate, slot, in_focus, priority",
    "short_term.stm_traces": "memory_id, episode_id, encoding_strength, ready_at",
    "consolidation.replay_events": "phase, night, memory_id, partner_id, event_at, repetitions, partner_activation",
    "consolidation.memory_associations": "memory_a, memory_b, weight, effective_weight",
    "consolidation.memory_replay": "memory_id, consolidated_at, consolidated_strength",
    "long_term.ltm_strength": "memory_id, stability_days, retrieval_strength",
    "long_term.ltm_concept_links": "concept_a, concept_b, weight",
    "rem.rem_pairs": "memory_a, memory_b, night, cosine",
    "homeostasis.scaling_events": "week, memory_a, memory_b, weight_before",
}


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_the_dags_on_the_lake_write_the_same_rows(world: World, renderer: Renderer) -> None:
    # Notes that a person could have written: dreams join knowledge of different categories, and planted notes, read by
    # the embedded model, are all of one.
    written_notes = {note["content"]: note for note in month(date(2026, 3, 30), ZoneInfo(ZONE))[:60]}.values()
    notes = [Note(note["content"], datetime.fromisoformat(note["created_at"])) for note in written_notes]
    night = datetime(2026, 3, 30, 3, 0, tzinfo=ZoneInfo(ZONE))
    world.store(
        "INSERT INTO public.memories (id, content, created_at, updated_at) "
        "SELECT * FROM unnest(%s::uuid[], %s::text[], %s::timestamptz[], %s::timestamptz[])",
        [
            [note.memory_id for note in notes],
            [note.content for note in notes],
            [note.created_at for note in notes],
            [note.created_at for note in notes],
        ],
    )
    world.run("all", as_of=night)
    written = rows(world.lake)

    mind = Mind(renderer.render(), notes, model=embedded_model())
    order = ("working_memory", "short_term_memory", "hippocampal_replay", "deep_sleep", "rem_sleep")
    mind.run(*order, "synaptic_homeostasis", as_of=night, asleep=True)
    assert rows(mind.ask) == written
    # In sixty notes no two concepts share items often enough to be linked; everything else is there.
    assert {table for table, found in written.items() if not found} <= {"long_term.ltm_concept_links"}
    mind.close()


def rows(ask: Any) -> dict[str, list[Any]]:
    """The compared columns of each table, in order."""
    return {table: sorted(ask(f"select {columns} from {table}"), key=str) for table, columns in COMPARED.items()}
