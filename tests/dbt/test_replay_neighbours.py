"""Who is alike is kept over replays: what changed is compared anew, and nothing is listed twice."""

from __future__ import annotations

import json
import math
from collections import Counter
from typing import Any

import pytest

from include.dbt_project import nearest
from include.dbt_project.project import run_dbt
from include.lake.connection import configured_lake
from include.parameters import parameters
from tests.conftest import World

TRACES = [f"{number:08d}-0000-4000-8000-000000000000" for number in range(1, 31)]


def vector(place: int) -> list[float]:
    """Of unit length."""
    angle = (place * 137.50776) % 360 / 57.29578 / 2
    return [math.cos(angle), math.sin(angle)]


def laid_down(memory_id: str, name: str, place: int) -> None:
    """A trace that is ready, with its vector; an earlier one of the memory goes."""
    with configured_lake().connect(threads=1) as lake:
        lake.execute("delete from short_term.stm_traces where memory_id = cast(? as uuid)", [memory_id])
        lake.execute(
            "insert into short_term.stm_traces by name select cast(? as uuid) as memory_id, ? as embedding_hash, "
            "'m' as model, timestamptz '2026-02-27 09:00:00+00' as ready_at",
            [memory_id, name],
        )
        lake.execute(
            "insert into control.embeddings select 'c', ?, 'm', 'd', 2, cast(? as float[])",
            [name, json.dumps(vector(place))],
        )


def test_after_a_text_has_changed_each_pair_is_listed_once_and_the_nearest_are_there(world: World) -> None:
    world.fall_asleep(beat=1, cycle=1, slow_wave_until=1.0)
    with configured_lake().connect(threads=1) as lake:
        lake.execute("insert into control.answer_contracts values ('embedding', 'c', 'm', 'd', '1', 0, 1)")
    places = dict(zip(TRACES, range(1, 31), strict=True))
    for memory_id, place in places.items():
        laid_down(memory_id, f"text {place}", place)
    run_dbt(["run", "--select", "replay_neighbours"])
    places[TRACES[4]] = 100
    laid_down(TRACES[4], "another text", 100)
    run_dbt(["run", "--select", "replay_neighbours"])

    rows = world.lake(
        "select cast(memory_id as varchar), cast(partner_id as varchar) from consolidation.replay_neighbours"
    )
    assert Counter(rows).most_common(1)[0][1] == 1
    for one, place in places.items():
        cosines = {
            other: math.fsum(map(math.prod, zip(vector(place), vector(far), strict=True)))
            for other, far in places.items()
            if other != one
        }
        least = sorted(cosines.values(), reverse=True)[parameters().replay_neighbours - 1]
        assert {(one, other) for other in cosines if cosines[other] > least + 1e-5} <= set(rows), one


def test_where_much_is_new_a_first_look_leaves_no_neighbour_out(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.fall_asleep(beat=1, cycle=1, slow_wave_until=1.0)
    with configured_lake().connect(threads=1) as lake:
        lake.execute("insert into control.answer_contracts values ('embedding', 'c', 'm', 'd', '1', 0, 1)")

    def neighbours() -> list[list[tuple[Any, ...]]]:
        """After a load, and after some more have come and one has changed."""
        with configured_lake().connect(threads=1) as lake:
            for table in ("short_term.stm_traces", "control.embeddings", "consolidation.replay_neighbours"):
                lake.execute(f"delete from {table}")
        found = []
        for first, last in ((0, 18), (18, 30)):
            for number in range(first, last):
                laid_down(TRACES[number], f"text {number}", number + 1)
            if first:
                laid_down(TRACES[4], "another text", 100)
            run_dbt(["run", "--select", "neighbour_lists", "replay_pairs", "replay_neighbours"])
            found.append(world.lake("select * from consolidation.replay_neighbours order by all"))
        return found

    all_compared = neighbours()
    assert world.lake("select count(*) from consolidation.replay_pairs") == [(0,)]
    monkeypatch.setattr(nearest, "WORTH_IT", 1)
    looked_at_first = neighbours()
    [(pairs,)] = world.lake("select count(*) from consolidation.replay_pairs")
    assert 0 < pairs < 29 * 13
    assert looked_at_first == all_compared
