"""The door for assistants, opened by the SDK's own client: each tool over stdio and HTTP, and nothing but protocol."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import stat
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

import httpx2
import psutil
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

from include.mcp.server import INSTRUCTIONS, token
from include.settings import REPOSITORY
from tests.conftest import World

TOOLS = {
    *(
        "remember",
        "recall",
        "ask",
        "threads",
        "thread",
        "morning",
        "insights",
        "open_commitments",
        "changes",
        "questions",
    ),
    *("answer", "correct", "reject", "pin", "trace", "forget"),
}
NOTE = "Decided with Anna to warm the cache before every release."


def codex(world: World) -> tuple[str, list[str], dict[str, str]]:
    """The command as an assistant is told it, in this world."""
    paths = os.pathsep.join([str(REPOSITORY), str(REPOSITORY / "plugins")])
    return sys.executable, ["-m", "include.cli", "mcp"], {**os.environ, "PYTHONPATH": paths}


@asynccontextmanager
async def over_stdio(world: World) -> AsyncIterator[Client]:
    command, arguments, environment = codex(world)
    parameters = StdioServerParameters(command=command, args=arguments, env=environment, cwd=REPOSITORY)
    async with Client(parameters, read_timeout_seconds=300) as client:
        yield client


@contextmanager
def served(world: World) -> Iterator[str]:
    """The server over HTTP; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command, arguments, environment = codex(world)
    process = subprocess.Popen([command, *arguments, "--http", str(port)], env=environment, cwd=REPOSITORY)
    try:
        deadline = time.monotonic() + 120
        while True:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        process.terminate()
        process.wait(30)


@asynccontextmanager
async def over_http(url: str) -> AsyncIterator[Client]:
    headers = {"authorization": f"Bearer {token()[0]}"}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=300) as http,
        Client(streamable_http_client(url, http_client=http)) as client,
    ):
        yield client


async def asked(client: Client, tool: str, **arguments: Any) -> Any:
    answer = await client.call_tool(tool, arguments)
    assert not answer.is_error, answer
    told = answer.structured_content
    return told["result"] if isinstance(told, dict) and set(told) == {"result"} else told


async def trouble(client: Client, tool: str, **arguments: Any) -> str:
    answer = await client.call_tool(tool, arguments)
    assert answer.is_error
    return str(answer.content[0].text)  # type: ignore[union-attr]


async def every_tool(world: World, client: Client) -> None:
    assert {tool.name for tool in (await client.list_tools()).tools} == TOOLS
    saved = await asked(client, "remember", text=NOTE, tags=["work"], created_at="2026-03-02T09:00:00+01:00")
    assert saved["state"] == "new"
    memory_id = saved["memory_id"]
    assert world.store("SELECT id::text, tags FROM public.memories WHERE content = %s", [NOTE]) == [
        (memory_id, ["work"])
    ]
    assert await asked(client, "remember", text=NOTE, created_at="2026-03-02T09:00:00+01:00") == {
        **{"memory_id": memory_id, "state": "known already"},
    }
    assert (await asked(client, "trace", memory_id=memory_id[:8]))["stages"][0]["status"] == "saved, not yet taken in"

    # As working memory and the quick path publish it; a run of theirs is tested elsewhere.
    world.store(
        "INSERT INTO codex_processed.memory_index (memory_id, content, created_at, tags, status, as_of, row_hash) "
        "SELECT id, content, created_at, tags, 'attended', now(), '' FROM public.memories"
    )
    world.store(
        "INSERT INTO codex_processed.insights (id, memory_id, key_insight, insight_type, confidence_score, "
        "extraction_model, prompt_version, source_memory_ids, extraction_timestamp, created_at, across_notes, as_of, "
        "row_hash) "
        "SELECT id, id, 'Warm caches first.', 'idea', .5, 'm', '1', ARRAY[id], now(), created_at, true, now(), '' "
        "FROM public.memories"
    )
    found = await asked(client, "recall", text="Why was the cache warm?", tag="work", keep_trace=False)
    assert found[0]["memory_id"] == memory_id
    assert found[0]["why"]
    assert world.store("SELECT count(*) FROM codex_processed.retrievals") == [(0,)]
    await asked(client, "recall", text="cache")
    answer = await asked(client, "ask", question="Why was the cache warm?", tag="work", keep_trace=False)
    assert set(answer) >= {"question", "known", "sentences", "notes", "not_known"}
    given = {note["memory_id"] for note in answer["notes"]}
    assert {one for said in answer["sentences"] for one in said["notes"]} == given
    assert "empty" in await trouble(client, "ask", question="  ")
    assert world.store("SELECT memory_id::text, reader FROM codex_processed.retrievals") == [(memory_id, "mcp")]
    [insight] = await asked(client, "insights", tag="work")
    assert (insight["insight"], insight["memory_id"]) == ("Warm caches first.", memory_id)

    world.store(
        "INSERT INTO codex_processed.mornings SELECT '2026-03-03', now(), jsonb_build_array(jsonb_build_object("
        "'kind', 'dream', 'text', 'A warm cache dreams.', 'detail', '{}'::jsonb, 'memory_ids', ARRAY[id])), 1, "
        "ARRAY[id], now(), '' FROM public.memories"
    )
    morning = await asked(client, "morning", day="2026-03-03")
    assert [(item["text"], item["memory_ids"]) for item in morning["items"]] == [("A warm cache dreams.", [memory_id])]
    assert "is no day" in await trouble(client, "morning", day="someday")

    assert "no memory" in await trouble(client, "trace", memory_id="ffffffff")
    assert "empty" in await trouble(client, "recall", text="  ")
    gone = await asked(client, "forget", memory_id=memory_id[:8])
    assert (gone["memory_id"], gone["was_known"], gone["is_suppressed"]) == (memory_id, True, False)
    assert world.store("SELECT count(*) FROM public.memories") == [(0,)]


def test_every_tool_over_stdio(world: World) -> None:
    async def talk() -> None:
        async with over_stdio(world) as client:
            assert client.instructions == INSTRUCTIONS
            await every_tool(world, client)

    asyncio.run(talk())


def test_every_tool_over_http_with_the_token_and_nobody_without(world: World) -> None:
    async def talk(url: str) -> None:
        async with over_http(url) as client:
            await every_tool(world, client)

    with served(world) as url:
        for headers in ({}, {"authorization": "Bearer wrong"}, {"authorization": token()[0]}):
            assert httpx2.post(url, headers=headers, json={}).status_code == 401
        asyncio.run(talk(url))
        own = token()[1]
        assert own is not None
        assert stat.S_IMODE(own.stat().st_mode) == 0o600
        addresses = {c.laddr.ip for c in psutil.net_connections("tcp") if c.laddr.port == int(url.split(":")[2][:-4])}
        assert addresses == {"127.0.0.1"}


def test_nothing_but_the_protocol_goes_to_standard_output(world: World) -> None:
    command, arguments, environment = codex(world)
    lines = [
        {
            **{"jsonrpc": "2.0", "id": 1, "method": "initialize"},
            "params": {
                **{"protocolVersion": "2025-06-18", "capabilities": {}},
                "clientInfo": {"name": "test", "version": "1"},
            },
        },
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {
            **{"jsonrpc": "2.0", "id": 2, "method": "tools/call"},
            "params": {"name": "remember", "arguments": {"text": NOTE}},
        },
    ]
    process = subprocess.Popen(
        [command, *arguments], env=environment, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("".join(json.dumps(line) + "\n" for line in lines).encode())
    process.stdin.flush()
    told = [json.loads(process.stdout.readline()) for _ in range(2)]
    process.stdin.close()
    rest = process.stdout.read()
    process.wait(60)
    assert [answer["id"] for answer in told] == [1, 2]
    assert rest == b""
