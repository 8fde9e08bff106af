"""What is saved wakes: the trigger that listens to the store."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from typing import Any

import psycopg
import pytest

from tests.conftest import World

# Airflow reads its settings when it is imported: after the installation has made them, never before.
pytestmark = pytest.mark.usefixtures("installation")

PATIENCE_SECONDS = 60
SAVE = "INSERT INTO public.memories (content) VALUES (%s)"
LISTENER = "SELECT pid FROM pg_stat_activity WHERE application_name = 'codex-dreams listener'"

Events = AsyncIterator[Any]


@pytest.fixture(autouse=True)
def brisk(monkeypatch: pytest.MonkeyPatch) -> None:
    """No rest between events: what is tested is not how long it is."""
    from codex_dreams.triggers import saved_memories

    monkeypatch.setattr(saved_memories, "REST_SECONDS", 0.01)


def listening(world: World, story: Callable[[Events], Awaitable[None]]) -> None:
    """Let a story be told to a trigger that has just begun to listen."""
    from codex_dreams.triggers.saved_memories import SavedMemoriesTrigger

    world.store(SAVE, ["before"])

    async def told() -> None:
        async with aclosing(SavedMemoriesTrigger().run()) as events:
            assert await next_of(events) == 0, "it fires once at the start, for what was saved before"
            await story(events)

    asyncio.run(told())


async def next_of(events: Events) -> int:
    """How many messages the next event stands for."""
    return int((await asyncio.wait_for(anext(events), PATIENCE_SECONDS)).payload["messages"])


@pytest.mark.parametrize(
    "change",
    [
        "INSERT INTO public.memories (content) VALUES ('another')",
        "UPDATE public.memories SET summary = 'short'",
        "DELETE FROM public.memories",
    ],
)
def test_a_memory_that_is_saved_changed_or_deleted_wakes(world: World, change: str) -> None:
    world.store(SAVE, ["one"])

    async def story(events: Events) -> None:
        world.store(change)
        assert await next_of(events) == 1

    listening(world, story)


def test_an_empty_store_wakes_nobody_until_something_is_saved(world: World) -> None:
    from codex_dreams.triggers.saved_memories import SavedMemoriesTrigger

    async def told() -> None:
        async with aclosing(SavedMemoriesTrigger().run()) as events:
            first = asyncio.create_task(next_of(events))
            await asyncio.sleep(1)
            assert not first.done()
            await asyncio.to_thread(world.store, SAVE, ["the first of all"])
            assert await first == 1

    asyncio.run(told())


def test_what_is_rolled_back_does_not_wake(world: World) -> None:
    async def story(events: Events) -> None:
        with psycopg.connect(world.url) as connection:
            connection.execute(SAVE, ["never said"])
            connection.rollback()
        world.store(SAVE, ["said"])
        assert await next_of(events) == 1

    listening(world, story)


def test_ten_thousand_rows_of_one_statement_are_one_message(world: World) -> None:
    async def story(events: Events) -> None:
        world.store("INSERT INTO public.memories (content) SELECT 'note ' || n FROM generate_series(1, 10000) n")
        assert await next_of(events) == 1

    listening(world, story)


def test_ten_thousand_statements_are_few_events_and_none_is_lost(world: World) -> None:
    async def story(events: Events) -> None:
        def save() -> None:
            with psycopg.connect(world.url, autocommit=True) as connection:
                for number in range(10_000):
                    connection.execute(SAVE, [f"note {number}"])

        saving = asyncio.create_task(asyncio.to_thread(save))
        heard, fired = 0, 0
        while heard < 10_000:
            heard += await next_of(events)
            fired += 1
        await saving
        assert heard == 10_000
        assert fired < 100, "a hundredth, however slow the machine"

    listening(world, story)


def test_a_silent_store_costs_one_wait(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from codex_dreams.triggers import saved_memories

    waits = 0
    receive = saved_memories._received

    async def counted(*given: Any, **more: Any) -> int:
        nonlocal waits
        waits += 1
        return await receive(*given, **more)

    monkeypatch.setattr(saved_memories, "_received", counted)

    async def story(events: Events) -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anext(events), 2)
        assert waits == 1

    listening(world, story)


def test_it_listens_again_after_the_connection_was_lost_and_fires_for_what_it_may_have_missed(world: World) -> None:
    async def story(events: Events) -> None:
        hearing = asyncio.create_task(next_of(events))
        await asyncio.sleep(0.2)
        [[before]] = world.store(LISTENER)
        world.store("SELECT pg_terminate_backend(%s)", [before])
        assert await hearing == 0
        [[after]] = world.store(LISTENER)
        assert after != before
        world.store(SAVE, ["heard again"])
        assert await next_of(events) == 1

    listening(world, story)


def test_a_store_that_is_down_is_asked_again_and_not_in_a_hurry(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from codex_dreams.triggers import saved_memories

    slept: list[float] = []
    real_sleep = asyncio.sleep

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 8:
            monkeypatch.setattr(saved_memories, "store_url", lambda: world.url)
        await real_sleep(0)

    monkeypatch.setattr(saved_memories, "store_url", lambda: "postgresql://nobody:secret@127.0.0.1:1/none")
    monkeypatch.setattr(asyncio, "sleep", sleep)

    async def story(events: Events) -> None:
        world.store(SAVE, ["after"])

    listening(world, story)
    assert slept[:8] == [1, 2, 4, 8, 16, 30, 30, 30]
    assert "secret" not in caplog.text


def test_it_is_stored_without_the_address_of_the_store(world: World) -> None:
    from airflow.serialization.encoders import encode_trigger

    from codex_dreams.triggers.saved_memories import SAVED_MEMORIES, SavedMemoriesTrigger

    [watcher] = SAVED_MEMORIES.watchers
    stored = json.dumps(encode_trigger(watcher.trigger), default=str)
    assert "postgresql" not in stored
    assert f"{SavedMemoriesTrigger.__module__}.SavedMemoriesTrigger" in stored


def test_a_store_without_the_database_trigger_is_listened_to_in_silence(world: World) -> None:
    world.store("DROP TRIGGER codex_memories_saved ON public.memories")

    async def story(events: Events) -> None:
        world.store(SAVE, ["unheard"])
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anext(events), 1.5)

    listening(world, story)
