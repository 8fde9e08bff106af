"""Threads through the real rhythms: found at night, told once, and told again only when their notes have changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

import pytest

from include.curation.forget import forget
from include.dbt_project.project import run_dbt
from include.internals import close_dbts_lake
from include.lake.connection import configured_lake
from include.parameters import parameters
from include.reading.threads import HEADINGS
from include.rhythms.clock import read_clock
from include.rhythms.gates import Pending, pending
from include.rhythms.sleep_plan import SleepPlan
from include.settings import settings
from tests.conftest import World, new_world
from tests.include.cli.conftest import run_codex
from tests.include.threads.test_communities import Planted, b_cubed, planted_life

FIRST, SECOND, THIRD, FOURTH, FIFTH, SIXTH = (
    datetime.fromisoformat(f"2026-07-{day:02d}T03:00:00+02:00") for day in range(2, 8)
)
BY_DAY = datetime.fromisoformat("2026-07-02T20:00:00+02:00")
LIVED = {"sailing", "bees", "translation", "none"}
TABLES = ("thread_places", "thread_moves", "thread_events", "threads")
NEW = "Zeevonk, sailing: Wim says the halyard jams because the sheave is worn. Who sells a new one?"


def id_of(note: Planted) -> str:
    return str(uuid5(NAMESPACE_OID, note.memory.memory_id))


def saved(world: World, themes: set[str] | None = None) -> None:
    world.remember(
        [
            {"id": id_of(note), "content": note.memory.text, "created_at": note.memory.at.isoformat()}
            for note in planted_life()
            if themes is None or (note.thread or "none") in themes
        ]
    )


def gate(as_of: datetime, *, asleep: bool) -> Pending:
    plan = SleepPlan.of(parameters(), settings().zone)
    given = {"as_of": as_of.isoformat(), "asleep": asleep}
    return pending(
        configured_lake(),
        read_clock("deep_sleep", "run", plan, trigger="manual", run_after=as_of, given=given, wake_ups=[]),
    )


def places(world: World) -> dict[UUID, UUID | None]:
    """Memory → the thread it is in, if any."""
    return dict(world.lake("select memory_id, thread_id from threads.thread_places"))


@dataclass(frozen=True)
class Lived:
    """A world in which three threads and what belongs to none were lived, and a night was slept."""

    world: World

    def told(self) -> dict[UUID, dict[str, Any]]:
        """Thread id → what is served of it."""
        columns = ("title", *HEADINGS, "memory_ids", "members", "told_at", "merged_into")
        rows = self.world.store(f"SELECT thread_id, {', '.join(columns)} FROM codex_processed.threads ORDER BY 1")
        return {row[0]: dict(zip(columns, row[1:], strict=True)) for row in rows}

    def texts(self, memory_ids: Sequence[UUID]) -> set[str]:
        """The contents of memories."""
        found = self.world.store("SELECT content FROM public.memories WHERE id = ANY (%s)", [list(memory_ids)])
        return {content for (content,) in found}

    def asked(self) -> list[tuple[str, str]]:
        """Thread and question of each call, in the order asked; what was kept is none."""
        return self.world.lake(
            "select request_id, input_hash from control.llm_calls where task = 'thread' and outcome <> 'hit' "
            "order by called_at, request_id"
        )


@pytest.fixture(scope="module")
def lived(installation: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    with new_world(installation, tmp_path_factory.mktemp("threads")) as world:
        saved(world, LIVED)
        world.run("all", as_of=FIRST)
        yield Lived(world)
        close_dbts_lake()


def test_threads_are_told_at_night_and_every_item_names_notes_of_its_thread(lived: Lived) -> None:
    told = lived.told()
    assert len(told) >= 3
    for thread in told.values():
        assert thread["title"]
        assert thread["story"]
        assert thread["members"] == len(thread["memory_ids"]) >= 3
        for field in HEADINGS:
            for item in thread[field]:
                assert item["memory_ids"]
                assert set(item["memory_ids"]) <= {str(memory) for memory in thread["memory_ids"]}
    themes = {id_of(note): note.thread for note in planted_life()}
    for theme in LIVED - {"none"}:
        most = max([themes[str(memory)] for memory in thread["memory_ids"]].count(theme) for thread in told.values())
        assert most >= 8, theme


def test_the_gate_is_shut_when_all_is_told(lived: Lived) -> None:
    assert gate(FIRST, asleep=True).count == 0


def test_the_same_run_once_more_gives_the_same_rows(lived: Lived) -> None:
    before = {table: lived.world.lake(f"select * from threads.{table} order by all") for table in TABLES}
    assert all(before.values())
    run_dbt(["run", "--select", *("thread_before", *TABLES[:3], "thread_requests", "threads")])
    close_dbts_lake()
    assert {table: lived.world.lake(f"select * from threads.{table} order by all") for table in TABLES} == before


def test_a_note_that_comes_is_told_at_night_in_its_thread_and_what_gained_none_is_not_asked_about(lived: Lived) -> None:
    before, asked = lived.told(), lived.asked()
    lived.world.remember([{"content": NEW, "created_at": "2026-07-02T18:00:00+02:00"}])
    lived.world.run("working", as_of=BY_DAY, asleep=False)
    assert gate(BY_DAY, asleep=False).count == 0, "by day threads rest"
    lived.world.run("all", as_of=SECOND)
    after = lived.told()
    [of_the_new] = [id_ for id_, told in after.items() if NEW in lived.texts(told["memory_ids"])]
    assert of_the_new in before
    assert "Who sells a new one?" in {item["text"] for item in after[of_the_new]["open"]}
    told_anew = {request.removesuffix("/thread") for request, _ in lived.asked()[len(asked) :]}
    gained = {
        str(id_)
        for id_, told in after.items()
        if id_ not in before or set(told["memory_ids"]) - set(before[id_]["memory_ids"])
    }
    assert str(of_the_new) in told_anew <= gained
    events = lived.world.lake(
        "select event, joined >= 1 from threads.thread_events where as_of = ? and thread_id = ?", [SECOND, of_the_new]
    )
    assert events == [("grew", True)]


def test_over_nights_without_a_new_note_nothing_is_asked_and_nothing_twice(lived: Lived) -> None:
    asked = lived.asked()
    for night in (THIRD, FOURTH):
        # A night's replay strengthens links and dates move on: neither is a new question.
        lived.world.run("all", as_of=night)
    assert lived.asked() == asked
    assert len(set(asked)) == len(asked)
    assert len({input_hash for _, input_hash in asked}) == len(asked)


def test_the_commands_show_threads_and_one_with_its_notes(lived: Lived) -> None:
    listed = run_codex("threads", "--json").json
    assert [row["last_at"] for row in listed] == sorted((row["last_at"] for row in listed), reverse=True)
    newest = run_codex("threads", "--since", "2026-07-02", "--json").json
    assert [row["thread_id"] for row in newest] == [listed[0]["thread_id"]]
    opened = run_codex("threads", "--open").out
    assert "Who sells a new one?" in opened
    shown = run_codex("thread", listed[0]["thread_id"][:8])
    assert NEW[:60] in shown.out
    assert "So far" in shown.out
    told = run_codex("thread", listed[0]["thread_id"], "--json").json
    assert NEW in {note["content"] for note in told["notes"]}
    assert run_codex("thread", "no id").code == 1


def test_what_is_forgotten_is_in_no_thread_and_the_thread_is_told_without_it(lived: Lived) -> None:
    [(memory_id,)] = lived.world.store("SELECT id FROM public.memories WHERE content = %s", [NEW])
    [thread] = [id_ for id_, told in lived.told().items() if memory_id in told["memory_ids"]]
    forget(configured_lake(), [memory_id], owned=True)
    assert thread not in lived.told()
    for table in (*TABLES, "thread_requests", "thread_before"):
        assert (
            lived.world.lake(
                f"select * from threads.{table} as t where cast(t as varchar) like '%{memory_id}%' "
                "or cast(t as varchar) like '%sheave%'"
            )
            == []
        )
    assert lived.world.lake("select * from control.llm_responses where answer like '%Who sells%'") == []
    lived.world.run("all", as_of=FIFTH)
    assert memory_id not in lived.told()[thread]["memory_ids"]
    assert "Who sells a new one?" not in {item["text"] for item in lived.told()[thread]["open"]}


def test_memories_beyond_those_that_are_looked_at_stay_in_their_thread(
    lived: Lived, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = places(lived.world)
    monkeypatch.setattr("include.threads.placement.MOST", 20)
    lived.world.remember([{"content": "Milk, bread, stamps.", "created_at": "2026-07-06T18:00:00+02:00"}])
    lived.world.run("all", as_of=SIXTH)
    latest = {
        row[0] for row in lived.world.lake("select memory_id from threads.thread_notes order by event_at desc limit 20")
    }
    after = places(lived.world)
    assert len(after) == len(before) + 1
    older = {memory: thread for memory, thread in after.items() if memory not in latest}
    assert older == {memory: before[memory] for memory in older}
    assert len(set(older.values())) > 3


@pytest.mark.integration
def test_twelve_threads_lived_interleaved_are_found_by_the_whole_night(world: World) -> None:
    saved(world)
    world.run("all", as_of=FIRST)
    found = dict(
        world.lake(
            "select cast(memory_id as varchar), cast(thread_id as varchar) from threads.thread_places "
            "where thread_id is not null"
        )
    )
    truth = {id_of(note): note.thread for note in planted_life() if note.thread}
    assert b_cubed(truth, found) >= 0.82
