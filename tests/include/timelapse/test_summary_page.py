"""What a reader of a time-lapse is shown."""

from __future__ import annotations

from include.dbt_project.project import run_dbt
from include.lake.connection import configured_lake
from include.timelapse.summary_page import summary_page
from tests.conftest import World

NOTES = ["Oats are fed to the horse.", "The horse is fed at six.", "A tide table hangs by the door."]


def test_the_strongest_associations_are_of_what_came_to_mind_together_and_not_of_last_nights_dream(
    world: World,
) -> None:
    world.remember([{"content": note, "created_at": "2026-03-01T09:00:00Z"} for note in NOTES])
    run_dbt(["run", "--select", "stg_codex_store__memories", "stg_codex_store__current_memories"])
    ids = dict(world.store("SELECT content, id FROM public.memories"))
    with configured_lake().connect(threads=1) as lake:
        for one, other, weight, dreamt in ((*NOTES[:2], 0.06, False), (*NOTES[1:], 0.1, True)):
            lake.execute(
                "insert into consolidation.memory_associations by name "
                "select least(?, ?) as memory_a, greatest(?, ?) as memory_b, ? as weight, ? as effective_weight, "
                "4 as coactivations, ? as is_dream_only",
                [ids[one], ids[other], ids[one], ids[other], weight, weight, dreamt],
            )
    associations = summary_page().split("## ")[1]
    assert associations.startswith("Strongest associations")
    assert "| 0.06 | 4 |" in associations
    assert all(note in associations for note in NOTES[:2])
    assert NOTES[2] not in associations
