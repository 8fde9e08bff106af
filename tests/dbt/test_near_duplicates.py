"""Memories that say nearly the same have one insight, whoever comes first; by the real models and rhythms."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from include.curation.forget import forget
from include.lake.connection import configured_lake
from include.reading.journey import journey
from include.reading.latest import latest
from include.store.connection import connect
from tests.conftest import World, new_world
from tests.include.rhythms.test_gates import gate

PARKING = "Parking at St Brannoc: level 3, blue row, is closest to the lift for ward 4B."
AGAIN = "St Brannoc parking: the blue row on level 3 is the closest to the lift for 4B."
SHOUTED = "PARKING AT ST BRANNOC today: level 3, blue row, is closest to the lift for ward 4B!"
OTHER_FLOOR = "Parking at St Brannoc: level 2, blue row, is closest to the lift for ward 4B."
CACHE = "The release failed because the build cache on the runner was cold this morning again."
WARM = "The release failed because the build cache on the runner was warm this morning again."
NOT_FAILED = "The release has not failed because the build cache on the runner was cold this morning again."

PUMP = "Note 1: Maria and I moved pump 1 from the yard to cellar 1, it works."
OTHER_PUMP = "Note 6: Maria and I moved pump 6 from the yard to cellar 1, it works."
SAME_FIGURES = "Note 6: Maria and I moved pump 1 from the yard to cellar 1, it works."
LATER_NOTE = "Note 11: Maria and I moved pump 1 from the yard to cellar 1, it works."

NOTES = {text: f"2026-03-0{day}T09:00:00+01:00" for day, text in enumerate((PARKING, AGAIN, SHOUTED, OTHER_FLOOR), 1)}
NOTES |= {text: f"2026-03-0{day}T10:00:00+01:00" for day, text in enumerate((CACHE, WARM, NOT_FAILED), 1)}
NOTES |= {
    text: f"2026-03-0{day}T11:00:00+01:00" for day, text in enumerate((PUMP, OTHER_PUMP, SAME_FIGURES, LATER_NOTE), 1)
}
AS_OF = "2026-03-20T12:00:00+01:00"

Served = dict[str, list[str]]
"""The text that an insight was made of → all texts that say it, in the order in which they are served."""


def lived(world: World, *batches: Iterable[str]) -> Served:
    """Save texts batch by batch, understand each; what is served then."""
    for batch in batches:
        world.remember([{"content": text, "created_at": NOTES[text]} for text in batch])
        world.run("working", "insights", as_of=AS_OF)
    return served(world)


def served(world: World) -> Served:
    """What is served: text of the canonical memory → texts of all that say it."""
    rows = world.store(
        "SELECT i.memory_id, i.evidence_count, array_agg(m.content ORDER BY nth) FROM codex_processed.insights i "
        "CROSS JOIN unnest(i.source_memory_ids) WITH ORDINALITY AS source (id, nth) "
        "LEFT JOIN public.memories m ON m.id = source.id GROUP BY 1, 2"
    )
    assert all(count == len(texts) for _, count, texts in rows)
    return {texts[0]: texts for _, _, texts in rows}


def id_of(world: World, text: str) -> str:
    [(memory_id,)] = world.store("SELECT id::text FROM public.memories WHERE content = %s", [text])
    return str(memory_id)


EXPECTED = {
    PARKING: [PARKING, AGAIN, SHOUTED],
    **{text: [text] for text in (OTHER_FLOOR, CACHE, WARM, NOT_FAILED, PUMP, OTHER_PUMP, SAME_FIGURES, LATER_NOTE)},
}


def test_what_says_the_same_is_shown_once_and_what_says_otherwise_is_not_the_same(world: World) -> None:
    assert lived(world, NOTES) == EXPECTED
    assert world.lake("select count(*) from insights.insights") == [(len(EXPECTED),)]
    assert gate("insights").count == 0, "a repeat waits for nothing"


def test_what_arrives_in_parts_is_served_as_what_arrives_at_once(
    installation: Path, tmp_path: Path, world: World
) -> None:
    together = lived(world, NOTES)
    with new_world(installation, tmp_path / "other") as other:
        assert lived(other, [*NOTES][5:], [*NOTES][:5]) == together


@pytest.mark.integration  # each memory is understood in a run of its own
@pytest.mark.parametrize("turn", range(3))
def test_neither_order_nor_batches_of_arrival_change_what_is_served(
    installation: Path, tmp_path: Path, world: World, turn: int
) -> None:
    together = lived(world, NOTES)
    exported = [line for line in world.export().splitlines() if b'"insight"' in line]
    texts: Sequence[str] = next(itertools.islice(itertools.permutations(NOTES), 1000 * turn + 777, None))
    with new_world(installation, tmp_path / "other") as other:
        assert lived(other, *([text] for text in texts)) == together
        assert [line for line in other.export().splitlines() if b'"insight"' in line] == exported


def test_the_next_stands_for_all_when_the_first_is_deleted_or_changed(world: World) -> None:
    lived(world, NOTES)
    world.store("DELETE FROM public.memories WHERE content = %s", [PARKING])
    world.run("working", "insights", as_of=AS_OF)
    assert served(world)[AGAIN] == [AGAIN, SHOUTED]
    anew = "St Brannoc has closed its car park, so take the tram."
    world.store("UPDATE public.memories SET content = %s, updated_at = now() WHERE content = %s", [anew, AGAIN])
    world.run("working", "insights", as_of=AS_OF)
    assert {text: said for text, said in served(world).items() if text in {anew, SHOUTED}} == {
        anew: [anew],
        SHOUTED: [SHOUTED],
    }
    assert gate("insights").count == 0


def test_who_forgets_the_first_keeps_what_others_say_and_who_forgets_a_repeat_keeps_the_insight(world: World) -> None:
    lived(world, NOTES)
    [(repeat,)] = world.store("SELECT id FROM public.memories WHERE content = %s", [SHOUTED])
    forget(configured_lake(), [repeat], owned=True)
    assert served(world)[PARKING] == [PARKING, AGAIN], "at once"
    [(first,)] = world.store("SELECT id FROM public.memories WHERE content = %s", [PARKING])
    forget(configured_lake(), [first], owned=True)
    assert PARKING not in served(world)
    for text in ("level 3, blue row, is closest", str(first), str(repeat)):
        held = world.lake(
            "select count(*) from insights.insight_texts as t where cast(t as varchar) like ?", [f"%{text}%"]
        )
        assert held == [(0,)]
    world.run("working", "insights", as_of=AS_OF)
    assert served(world)[AGAIN] == [AGAIN]


def test_a_repeat_is_found_traced_and_listed_under_its_tag(world: World) -> None:
    world.remember(
        [
            {"content": PARKING, "created_at": NOTES[PARKING], "tags": ["car"]},
            {"content": AGAIN, "created_at": NOTES[AGAIN], "tags": ["clinic"]},
        ]
    )
    world.run("working", "insights", as_of=AS_OF)
    [stage] = [stage for stage in journey(configured_lake(), id_of(world, AGAIN)).stages if stage.stage == "insight"]
    assert stage.status == "said before"
    assert str(stage.details["canonical_memory_id"]) == id_of(world, PARKING)
    [stage] = [stage for stage in journey(configured_lake(), id_of(world, PARKING)).stages if stage.stage == "insight"]
    assert (stage.status, stage.details["evidence_count"]) == ("understood", 2)
    with connect(world.url) as store:
        for tag in ("car", "clinic"):
            [found] = latest(store, "insights", limit=5, tag=tag, every=True)
            assert [str(memory_id) for memory_id in found["memory_ids"]] == [
                id_of(world, PARKING),
                id_of(world, AGAIN),
            ]
    assert world.store("SELECT count(*) FROM codex_processed.memory_index") == [(2,)], "nothing is lost"
