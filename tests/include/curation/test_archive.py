"""The archive: what could hardly be recalled any more comes back when its owner wants it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from include.curation.archive import archived, restore
from include.errors import CodexError
from include.lake.connection import configured_lake
from include.rhythms.catalogue import DEEP_SLEEP, HIPPOCAMPAL_REPLAY, NIGHT, SYNAPTIC_HOMEOSTASIS
from include.runs.warm_rhythms import WarmRhythms
from tests.conftest import World, warm_rhythms

pytestmark = pytest.mark.soak  # many runs of the whole pipeline

FEBRUARY = "2026-02-01T09:00:00+01:00"
FIRST_NIGHT = datetime.fromisoformat("2026-02-02T03:00:00+01:00")
SUNDAY = datetime.fromisoformat("2028-02-06T06:00:00+01:00")  # two years later: next to nothing is left
NOTES = [
    "Decided with Anna to release on Friday: the deadline is firm and I am nervous about it!",
    "The release failed because the cache was cold. Important: warm the cache before every release.",
    "Anna fixed the failing release pipeline by warming the cache. What a relief, I am so happy!",
]


def knowledge(world: World) -> dict[str, bool]:
    rows = world.store("SELECT source_memory_id::text, is_archived FROM codex_processed.semantic_memory")
    return dict(rows)


def strength(world: World, memory_id: str) -> tuple[Any, ...]:
    [row] = world.lake(
        "select is_archived, retrievability, access_count from long_term.ltm_strength where memory_id = ?", [memory_id]
    )
    return row


@pytest.fixture
def warm(world: World) -> Iterator[WarmRhythms]:
    with warm_rhythms() as rhythms:
        yield rhythms


def test_an_archived_memory_comes_back_through_all_stages_and_stays(world: World, warm: WarmRhythms) -> None:
    world.remember([{"content": text, "created_at": FEBRUARY} for text in NOTES])
    for rhythm in NIGHT:
        warm.run(rhythm, FIRST_NIGHT, asleep=True)
    assert set(knowledge(world).values()) == {False}

    warm.run(SYNAPTIC_HOMEOSTASIS, SUNDAY)
    gone = archived(configured_lake())
    assert {str(entry.memory_id) for entry in gone} == set(knowledge(world))
    assert all(entry.retrievability < 0.1 for entry in gone)
    # Nothing new was learned, and yet deep sleep sees that the archive has grown.
    warm.run(DEEP_SLEEP, SUNDAY + timedelta(hours=1))
    assert all(knowledge(world).values())
    wanted = str(gone[0].memory_id)
    assert strength(world, wanted)[0] is True

    # All or none: one that is no tombstone leaves the others where they are.
    with pytest.raises(CodexError, match="There is no memory 0000"):
        restore(configured_lake(), [wanted, "0000"])
    assert len(archived(configured_lake())) == len(gone)

    back = SUNDAY + timedelta(hours=2)
    assert [str(entry.memory_id) for entry in restore(configured_lake(), [wanted[:13]], at=back)] == [wanted]
    assert knowledge(world)[wanted] is False, "search finds it at once"
    with pytest.raises(CodexError, match="is not archived"):
        restore(configured_lake(), [wanted])

    # The retrieval alone wakes the stages: it is replayed again, and strong again.
    for rhythm in (HIPPOCAMPAL_REPLAY, DEEP_SLEEP):
        assert warm.run(rhythm, back + timedelta(hours=6)) is not None
    is_archived, retrievability, accesses = strength(world, wanted)
    assert (is_archived, accesses) == (False, 1)
    assert retrievability > 0.9
    due = world.lake("select count(*) from consolidation.replay_due where memory_id = ?", [wanted])
    assert due == [(1,)]
    assert knowledge(world) == {memory_id: memory_id != wanted for memory_id in knowledge(world)}
    columns = world.lake("select cast(memory_id as varchar) from long_term.ltm_cortical_columns")
    assert columns == [(wanted,)]

    # What was brought back was accessed: it is not archived anew.
    warm.run(SYNAPTIC_HOMEOSTASIS, SUNDAY + timedelta(days=300))
    assert wanted not in {str(entry.memory_id) for entry in archived(configured_lake())}
    kinds = [json.loads(line) for line in world.export().splitlines()]
    assert wanted in json.dumps([entry for entry in kinds if entry["kind"] == "knowledge"])
