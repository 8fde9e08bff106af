"""A night of four memories, rhythm by rhythm: what each gate counts, and what the journey of a memory tells."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from include.lake.connection import configured_lake
from include.monitoring.status import accounting
from include.parameters import parameters
from include.reading.journey import Journey, journey
from include.rhythms.catalogue import HEALTH, RHYTHMS
from include.rhythms.clock import Clock, read_clock
from include.rhythms.gates import Pending, pending, pending_for, to_work_off, waiting
from include.rhythms.sleep_plan import SleepPlan
from include.served.publish import publish
from tests.conftest import ZONE, World, new_world

NIGHT = datetime.fromisoformat("2026-03-05T03:00:00+01:00")
NOTES = [
    ("09:00", "Decided with Anna to release on Friday: the deadline is firm and I am nervous about it!"),
    ("09:02", "The release failed because the cache was cold. Important: warm the cache before every release."),
    ("09:03", "Anna fixed the failing release pipeline by warming the cache. What a relief, I am so happy!"),
    ("09:04", " "),
]
CHAIN = {
    "working_memory": "working",
    "short_term_memory": "short_term",
    "hippocampal_replay": "hippocampal",
}

KNOWN = (
    "insert into long_term.ltm_semantic_network by name select memory_id, replay_hash, 'Warm the cache.' as "
    "semantic_gist, 1 as beat from consolidation.memory_replay",
    "insert into long_term.ltm_strength by name select memory_id, 0.9 as retrievability, false as is_archived "
    "from consolidation.memory_replay",
    "insert into threads.commitments by name select commitment_id, [content_key] as made_of "
    "from threads.note_commitments",
    "insert into threads.thread_places by name select memory_id, note_key from threads.thread_notes",
)
"""What deep sleep makes of what was consolidated, as far as gates and journeys look at it: a fourth run costs long."""


def clock(rhythm: str) -> Clock:
    plan = SleepPlan.of(parameters(), ZoneInfo(ZONE))
    given = {"as_of": NIGHT.isoformat(), "asleep": True}
    return read_clock(rhythm, "run", plan, trigger="manual", run_after=NIGHT, given=given, wake_ups=[])


def gate(rhythm: str) -> Pending:
    return pending(configured_lake(), clock(rhythm))


@dataclass(frozen=True)
class Lived:
    """The world after the night, what each gate said before and after its rhythm, and a journey after each."""

    world: World
    before: dict[str, Pending]
    after: dict[str, Pending]
    journeys: dict[str, Journey]
    ids: list[str]


@pytest.fixture(scope="module")
def lived(installation: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    with new_world(installation, tmp_path_factory.mktemp("lived")) as world:  # type: ignore[arg-type]
        before, after, journeys = {"nothing": gate("working_memory")}, {}, {}
        rows = ", ".join(f"(%s, '2026-03-04T{time}:00+01:00', '2026-03-04T10:00:00+01:00')" for time, _ in NOTES)
        world.store(
            f"INSERT INTO public.memories (content, created_at, updated_at) VALUES {rows}",
            [content for _, content in NOTES],
        )
        ids = [str(row[0]) for row in world.store("SELECT id FROM public.memories ORDER BY created_at")]
        journeys["nothing"] = journey(configured_lake(), ids[1])
        for rhythm, kind in CHAIN.items():
            before[rhythm] = gate(rhythm)
            world.run(kind, as_of=NIGHT, asleep=True)
            after[rhythm] = gate(rhythm)
            journeys[rhythm] = journey(configured_lake(), ids[1])
        before["insights"], before["deep_sleep"] = gate("insights"), gate("deep_sleep")
        with configured_lake().connect(threads=1) as lake:
            asking = [{"rhythm": "deep_sleep", "as_of": NIGHT.isoformat(), "phase": "asleep", "slow_wave_until": 1}]
            lake.execute("set variable asking = ?", [json.dumps(asking)])
            for statement in KNOWN:
                lake.execute(statement)
        after["deep_sleep"] = gate("deep_sleep")
        journeys["deep_sleep"] = journey(configured_lake(), ids[1])
        yield Lived(world, before, after, journeys, ids)


def test_an_empty_store_keeps_the_gate_shut(lived: Lived) -> None:
    assert lived.before["nothing"].count == 0


def test_each_gate_counts_what_the_rhythm_before_left_and_shuts_after_its_own(lived: Lived) -> None:
    assert {rhythm: lived.before[rhythm].count for rhythm in lived.after} == {
        **{"working_memory": 4, "short_term_memory": 3, "hippocampal_replay": 3},
        "deep_sleep": lived.world.lake("select count(*) from consolidation.memory_replay")[0][0],
    }
    assert lived.before["deep_sleep"].count >= 2
    assert {rhythm: found.count for rhythm, found in lived.after.items()} == dict.fromkeys(lived.after, 0)


def test_each_gate_says_what_waits(lived: Lived) -> None:
    assert lived.before["working_memory"].what == "memories are new, changed or gone"
    assert lived.before["short_term_memory"].what == "attended memories have no trace"
    assert lived.before["hippocampal_replay"].what == "traces are ready for replay"


def test_what_was_understood_no_longer_waits_for_an_insight(lived: Lived) -> None:
    assert lived.before["insights"].count == 3
    with configured_lake().connect(threads=1) as lake:
        lake.execute(
            "insert into insights.insights by name select memory_id, version_hash "
            "from staging.stg_codex_store__current_memories where length(content) > 1 order by created_at limit 2"
        )
        assert gate("insights").count == 1
        # An insight of a memory that is gone, or of an earlier text, is to be mended, too.
        lake.execute("update insights.insights set version_hash = 'earlier'")
        lake.execute("insert into insights.insights by name select uuid() as memory_id, 'x' as version_hash")
        assert gate("insights").count == 4
        lake.execute("delete from insights.insights")


def test_dreams_and_scaling_wait_for_what_was_learned(lived: Lived) -> None:
    assert gate("rem_sleep").count == parameters().rem_pairs_per_night
    assert gate("synaptic_homeostasis").count >= 1


def test_links_that_sleep_has_changed_wait_for_replay(lived: Lived) -> None:
    pair = "select min(memory_id) as memory_a, max(memory_id) as memory_b"
    at = "timestamptz '2026-03-05 02:00:00+01:00'"
    with configured_lake().connect(threads=1) as lake:
        lake.execute("create temp table links as from consolidation.memory_associations")
        lake.execute("delete from consolidation.memory_associations")
        for kept, dreamt_at in ((False, at), (True, f"timestamptz '{NIGHT.isoformat()}'"), (True, at)):
            lake.execute("delete from rem.creative_insights")
            lake.execute(
                f"insert into rem.creative_insights by name {pair}, {dreamt_at} as event_at, ? as is_kept "
                "from short_term.stm_traces",
                [kept],
            )
            # What is dreamt in the same night, lived once more, waits for the next.
            assert gate("hippocampal_replay").count == int(kept and dreamt_at == at)
        assert gate("hippocampal_replay").what == "links were dreamt, weakened or pruned"
        lake.execute(
            f"insert into consolidation.memory_associations by name {pair}, {at} as first_at, 0 as scalings "
            "from short_term.stm_traces"
        )
        assert gate("hippocampal_replay").count == 0
        lake.execute(
            f"insert into homeostasis.scaling_events by name {pair}, {at} as event_at from short_term.stm_traces"
        )
        assert gate("hippocampal_replay").count == 1
        lake.execute("update consolidation.memory_associations set scalings = 1")
        assert gate("hippocampal_replay").count == 0
        lake.execute(
            f"insert into homeostasis.pruned by name {pair}, 'link' as kind, {at} as pruned_at "
            "from short_term.stm_traces"
        )
        assert gate("hippocampal_replay").count == 1
        lake.execute("delete from consolidation.memory_associations")
        assert gate("hippocampal_replay").count == 0, "what was pruned since is not dreamt anew"
        for table in ("rem.creative_insights", "homeostasis.scaling_events", "homeostasis.pruned"):
            lake.execute(f"delete from {table}")
        lake.execute("insert into consolidation.memory_associations from links")


def test_archived_knowledge_is_not_lost(lived: Lived) -> None:
    with configured_lake().connect(threads=1) as lake:
        lake.execute("update long_term.ltm_strength set is_archived = true")
        assert "archived; nothing is destroyed" in journey(configured_lake(), lived.ids[1]).diagnosis
        lake.execute("update long_term.ltm_strength set is_archived = false")


def test_the_journey_is_served_anew_when_something_was_published_since(lived: Lived) -> None:
    assert gate("health").count >= 3
    publish(configured_lake(), HEALTH.serves, as_of=NIGHT, run_id="run")
    assert gate("health").count == 0


def test_a_journey_has_a_stage_for_each_rhythm_and_says_what_it_waits_for(lived: Lived) -> None:
    told = {rhythm: [stage.stage for stage in found.stages] for rhythm, found in lived.journeys.items()}
    stages = ["source", "working_memory", "short_term", "consolidation", "long_term"]
    assert told["nothing"] == stages[:1]
    assert told["working_memory"] == stages[:2]
    assert told["short_term_memory"] == stages[:3]
    assert told["hippocampal_replay"][:4] == stages[:4]
    assert told["deep_sleep"][:5] == stages
    assert {rhythm: found.diagnosis.split(" (")[0] for rhythm, found in lived.journeys.items()} == {
        "nothing": "It waits for working memory",
        "working_memory": "It was attended and waits for short-term memory.",
        "short_term_memory": "It is a trace and waits for replay",
        "hippocampal_replay": "It is consolidated and waits for deep sleep to become knowledge.",
        "deep_sleep": "It is known.",
    }


def test_a_journey_tells_the_numbers_of_its_stages(lived: Lived) -> None:
    found = lived.journeys["deep_sleep"]
    details = {stage.stage: stage.details for stage in found.stages}
    assert found.title == "The release failed because the cache was cold. Important: warm the cache before every rel…"
    assert 5 <= details["working_memory"]["capacity"] <= 9
    assert details["consolidation"]["threshold"] == parameters().consolidation_threshold
    assert details["consolidation"]["strength"] >= parameters().consolidation_threshold
    assert {replay["phase"] for replay in details["consolidation"]["replays"]} <= {"awake", "asleep"}
    linked = [link["memory_id"] for link in details["associations"]["strongest"]]
    assert {str(other) for other in linked} <= set(lived.ids) - {lived.ids[1]}
    assert found.as_json()["memory_id"] == lived.ids[1]


def test_a_memory_without_words_stops_with_its_reason(lived: Lived) -> None:
    found = journey(configured_lake(), lived.ids[3])
    assert [stage.stage for stage in found.stages] == ["source", "working_memory"]
    assert found.diagnosis == "It stopped at working memory: filtered, shorter than 1 characters."


def test_a_night_that_is_over_leaves_an_empty_account(lived: Lived) -> None:
    assert accounting() == {"source": 4, "attended": 3, "unattended": 0, "filtered": 1, "failed": 0, "pending": 0}


def test_all_rhythms_asked_at_once_are_told_what_each_alone_is(lived: Lived) -> None:
    asked = [clock(rhythm.dag_id) for rhythm in RHYTHMS if rhythm.dag_id != "maintenance"]
    with configured_lake().connect(threads=1) as lake:
        together = pending_for(lake, configured_lake(), asked)
    assert together == {each.rhythm: gate(each.rhythm) for each in asked}


def test_a_question_is_asked_by_the_clock_of_whoever_asks_else_by_that_of_the_run(lived: Lived) -> None:
    before_sunrise = replace(clock("hippocampal_replay"), as_of=NIGHT - timedelta(days=1))
    ready = "select count(*) from consolidation.replay_due where is_ready"
    with configured_lake().connect(threads=1) as lake:
        assert lake.execute(ready).fetchall() == [(3,)]
        waiting(lake, [before_sunrise])
        assert lake.execute(ready).fetchall() == [(0,)]
    with configured_lake().connect(threads=1) as lake:
        assert lake.execute(ready).fetchall() == [(3,)], "what was asked before is forgotten with its session"


def test_what_is_asked_twice_in_a_night_by_hand_does_not_wait_but_a_cycle_takes_up_what_is_unsettled(
    lived: Lived,
) -> None:
    by_hand = clock("hippocampal_replay")
    cycle = replace(by_hand, night=by_hand.night + timedelta(days=1), cycle=1, slow_wave_until=0.4, sleep_travels=False)
    with configured_lake().connect(threads=1) as lake:
        lake.execute("create temp table slept as from consolidation.replay_events")
        # One trace is left as weak as it was encoded, in a night that is over.
        lake.execute("update consolidation.replay_events set repetitions = 0 where phase = 'asleep'")
        lake.execute("create temp table traces as from short_term.stm_traces")
        lake.execute("update short_term.stm_traces set encoding_strength = 0.9")
        lake.execute(
            "update short_term.stm_traces set encoding_strength = 0.1 "
            "where memory_id = (select min(memory_id) from short_term.stm_traces)"
        )
        assert to_work_off(lake, configured_lake(), cycle).count == 1
        assert waiting(lake, [by_hand])["hippocampal_replay"].what != "traces are ready for replay"
        week = timedelta(days=parameters().replay_nights)
        assert to_work_off(lake, configured_lake(), replace(cycle, night=by_hand.night + week)).count == 0
        for table, kept in (("consolidation.replay_events", "slept"), ("short_term.stm_traces", "traces")):
            lake.execute(f"delete from {table}")
            lake.execute(f"insert into {table} from {kept}")


def test_changed_and_deleted_memories_open_the_gate_again(lived: Lived) -> None:
    lived.world.store("UPDATE public.memories SET summary = 'Warm it.' WHERE id = %s", [lived.ids[1]])
    assert gate("working_memory").count >= 1
    lived.world.store("DELETE FROM public.memories WHERE id = %s", [lived.ids[0]])
    assert gate("working_memory").count >= 1


def test_the_gate_is_shut_when_the_deletion_of_the_newest_memory_was_taken_in(lived: Lived) -> None:
    newest = [lived.ids[2]]
    lived.world.store("UPDATE public.memories SET updated_at = '2026-03-04T11:00:00+01:00' WHERE id = %s", newest)
    lived.world.run("working", as_of=NIGHT)
    assert gate("working_memory").count == 0
    lived.world.store("DELETE FROM public.memories WHERE id = %s", newest)
    assert gate("working_memory").count == 1
    lived.world.run("working", as_of=NIGHT)
    assert gate("working_memory").count == 0
