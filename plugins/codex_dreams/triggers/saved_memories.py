"""Listening to the store: an event when memories were saved (PostgreSQL LISTEN/NOTIFY)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import psycopg
from airflow.sdk import Asset, AssetWatcher
from airflow.triggers.base import BaseEventTrigger, TriggerEvent

from include.errors import CodexError
from include.store.address import store_url
from include.store.connection import CONNECT_TIMEOUT_SECONDS, redacted

CHANNEL = "codex_memories"
"""The channel of `include/store/saved_memories.sql`."""
GATHER_SECONDS = 3.0
"""What is saved within this time of the first is one event: a program that writes row by row wakes once, and whoever
saves and sends to sleep in one go (`make demo`) is not overtaken by a run that is awake."""
NOTHING_YET = """
    SELECT NOT EXISTS (SELECT 1 FROM public.memories) AND NOT EXISTS (SELECT 1 FROM codex_processed.memory_index)
"""
REST_SECONDS = 10.0
"""The least time between two events. A run takes longer, so nobody waits for this."""
PROBE_SECONDS = 60.0
"""How often a silent connection is asked whether it still lives."""
LONGEST_DELAY_SECONDS = 30.0
"""The longest wait between two attempts to reach a store that is down."""


class SavedMemoriesTrigger(BaseEventTrigger):
    """Fires when memories were saved, changed or deleted; several statements in a row are one event.

    Fires once on each connection, too, unless nothing was ever saved: what was saved while nobody listened (a restarted
    database, a triggerer that was down) is no message any more. An event is a wake-up; the gate decides whether there
    is something to do. A store without the database trigger sends nothing, and the minute's beat does the work.
    """

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """The class alone: the store's address holds a password, and is read where the trigger runs."""
        return f"{type(self).__module__}.{type(self).__qualname__}", {}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Events with `messages`: how many statements were gathered; 0 where the connection is new."""
        delay = 1.0
        while True:
            try:
                async with await self._connected() as connection:
                    delay = 1.0
                    if not await _is_empty(connection):
                        yield _event(0, "listening")
                    while True:
                        await asyncio.sleep(REST_SECONDS)
                        yield _event(await _gathered(connection), "memories were saved")
            except (psycopg.Error, CodexError, OSError) as error:
                self.log.warning("%s; trying again in %g s", str(error).strip() or type(error).__name__, delay)
            await asyncio.sleep(delay)
            delay = min(2 * delay, LONGEST_DELAY_SECONDS)

    async def _connected(self) -> psycopg.AsyncConnection[Any]:
        url = store_url()
        connection = await psycopg.AsyncConnection.connect(
            url, autocommit=True, connect_timeout=CONNECT_TIMEOUT_SECONDS, application_name="codex-dreams listener"
        )
        await connection.execute(f"LISTEN {CHANNEL}")
        self.log.info("Listening to %s for saved memories", redacted(url))
        return connection


async def _is_empty(connection: psycopg.AsyncConnection[Any]) -> bool:
    cursor = await connection.execute(NOTHING_YET)
    return await cursor.fetchone() == (True,)


def _event(messages: int, what: str) -> TriggerEvent:
    return TriggerEvent({"messages": messages, "what": what})  # type: ignore[no-untyped-call]


async def _gathered(connection: psycopg.AsyncConnection[Any]) -> int:
    """Wait, without work, for a message and those that follow shortly after; returns how many there were."""
    messages = 0
    while not messages:
        messages = await _received(connection, PROBE_SECONDS, stop_after=1)
        if not messages:
            await connection.execute("SELECT 1")
    return messages + await _received(connection, GATHER_SECONDS)


async def _received(connection: psycopg.AsyncConnection[Any], seconds: float, stop_after: int | None = None) -> int:
    count = 0
    async with aclosing(connection.notifies(timeout=seconds, stop_after=stop_after)) as messages:
        async for _ in messages:
            count += 1
    return count


SAVED_MEMORIES = Asset(
    "saved_memories",
    uri="codex://saved_memories",
    group="codex",
    watchers=[AssetWatcher(name="saved_memories", trigger=SavedMemoriesTrigger())],  # type: ignore[no-untyped-call]
)
"""Somebody wrote into `public.memories`. Watched while the DAG that uses it is not paused."""
