"""What is recalled becomes stronger, and spaced recall more than massed: from a query to what is served."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from include.language_model.choice import configured_model
from include.rhythms.catalogue import DEEP_SLEEP, HIPPOCAMPAL_REPLAY, NIGHT
from include.runs.warm_rhythms import WarmRhythms
from include.search.find import find, record_retrievals
from include.settings import settings
from tests.conftest import World, new_world, warm_rhythms

pytestmark = pytest.mark.soak  # many runs of the whole pipeline

NOTES = [
    "Decided with Anna to release on Friday: the deadline is firm and I am nervous about it!",
    "The release failed because the cache was cold. Important: warm the cache before every release.",
    "Anna fixed the failing release pipeline by warming the cache. What a relief, I am so happy!",
    "Urgent: the deadline of the release moved to Monday, Anna is furious about the broken pipeline!",
]
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def learned(installation: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, WarmRhythms]]:
    """A world three weeks after a night in which something was learned."""
    begins = (datetime.now(UTC) - 21 * DAY).replace(hour=9, minute=0, second=0, microsecond=0)
    with new_world(installation, tmp_path_factory.mktemp("learned")) as world, warm_rhythms() as warm:
        world.remember([{"content": text, "created_at": begins.isoformat()} for text in NOTES])
        for rhythm in NIGHT:
            warm.run(rhythm, begins + timedelta(hours=18), asleep=True)
        yield world, warm


def strengths(world: World) -> dict[str, tuple[float, float, int]]:
    """Retrievability, stability (days) and accesses of what was learned."""
    rows = world.lake(
        "select cast(memory_id as varchar), retrievability, stability_days, access_count from long_term.ltm_strength"
    )
    return {memory_id: tuple(values) for memory_id, *values in rows}  # type: ignore[misc]


def awake(warm: WarmRhythms, as_of: datetime) -> list[Any]:
    return [warm.run(rhythm, as_of, asleep=False) for rhythm in (HIPPOCAMPAL_REPLAY, DEEP_SLEEP)]


def test_what_a_query_recalls_becomes_stronger_and_nothing_else(learned: tuple[World, WarmRhythms]) -> None:
    world, warm = learned
    awake(warm, datetime.now(UTC) - timedelta(minutes=2))
    before = strengths(world)
    assert len(before) >= 2
    with psycopg.connect(world.url) as store:
        [found] = [
            item for item in find(store, configured_model(settings()), NOTES[1], k=20) if str(item.memory_id) in before
        ][:1]
        record_retrievals(store, [found.memory_id], "query")
    recalled = str(found.memory_id)

    as_of = datetime.now(UTC) + timedelta(minutes=1)
    assert None not in awake(warm, as_of), "a retrieval alone wakes replay and deep sleep"
    after = strengths(world)
    assert after[recalled][0] > 0.99
    assert after[recalled][1] > before[recalled][1]
    assert after[recalled][2] == before[recalled][2] + 1
    for other in set(after) - {recalled}:
        assert after[other][1:] == before[other][1:]
        assert after[recalled][0] > after[other][0] + 0.02
    served = dict(world.store("SELECT source_memory_id::text, access_count FROM codex_processed.semantic_memory"))
    assert served[recalled] == after[recalled][2]
    assert awake(warm, as_of + timedelta(minutes=1)) == [None, None], "and only once"


def test_spaced_recall_strengthens_more_than_massed(learned: tuple[World, WarmRhythms]) -> None:
    world, warm = learned
    never_recalled = sorted(memory_id for memory_id, (*_, accesses) in strengths(world).items() if not accesses)
    spaced, massed, *_ = never_recalled
    start = datetime.now(UTC) + DAY
    for place in range(4):
        for memory_id, at in ((spaced, start + 2 * place * DAY), (massed, start + 6 * DAY + timedelta(minutes=place))):
            world.store(
                "INSERT INTO codex_processed.retrievals (memory_id, retrieved_at, reader) VALUES (%s, %s, 'test')",
                [memory_id, at],
            )
    assert None not in awake(warm, start + 36 * DAY)
    after = strengths(world)
    assert after[spaced][0] / after[massed][0] >= 1.1
