"""Who is let in to the MCP server over HTTP, how often, and with how much."""

from __future__ import annotations

import asyncio
import stat
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from include.errors import CodexError
from include.mcp.guard import LARGEST_REQUEST, REFUSALS_A_MINUTE, REQUESTS_A_MINUTE, Guarded
from include.mcp.server import token
from include.settings import settings


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class App:
    """Takes in what it is sent, and says 200 when it has all of it."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []

    async def __call__(self, _scope: Any, receive: Any, send: Any) -> None:
        body = b""
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return
            body += message["body"]
            if not message.get("more_body"):
                break
        self.taken.append(body)
        await send({"type": "http.response.start", "status": 200, "headers": []})


def asked(app: Any, authorization: bytes | None, *parts: bytes, length: bytes | None = None) -> int:
    """The status that a request gets; 0 where it is cut off."""
    waiting = [
        {"type": "http.request", "body": part, "more_body": number < len(parts)}
        for number, part in enumerate(parts or (b"",), start=1)
    ]
    headers = [] if authorization is None else [(b"authorization", authorization)]
    headers += [] if length is None else [(b"content-length", length)]
    statuses: list[int] = []

    async def receive() -> Any:
        return waiting.pop(0)

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    asyncio.run(app({"type": "http", "headers": headers}, receive, send))
    return statuses[0] if statuses else 0


def test_only_who_shows_the_token_is_let_in() -> None:
    app = Guarded(App(), "secret")
    assert asked(app, b"Bearer secret") == 200
    for wrong in (
        None,
        b"",
        b"Bearer",
        b"Bearer ",
        b"Bearer  ",
        b"secret",
        b"Bearer secret2",
        "Bearer geheimß".encode(),
    ):
        assert asked(app, wrong) == 401, wrong


@pytest.mark.parametrize("blank", ["", " ", "\n"])
def test_no_server_is_made_that_lets_everybody_in(blank: str) -> None:
    with pytest.raises(ValueError, match="let everybody in"):
        Guarded(App(), blank)


def test_guesses_are_soon_not_looked_at_and_the_owner_is_let_in_all_the_same() -> None:
    clock = Clock()
    app = Guarded(App(), "secret", clock)
    assert [asked(app, b"Bearer guess") for _ in range(REFUSALS_A_MINUTE)] == [401] * REFUSALS_A_MINUTE
    assert asked(app, b"Bearer guess") == 429
    assert asked(app, b"Bearer secret") == 200
    clock.now = 60.0
    assert asked(app, b"Bearer guess") == 401


def test_a_client_that_loops_is_told_to_wait() -> None:
    clock = Clock()
    app = Guarded(App(), "secret", clock)
    for _ in range(REQUESTS_A_MINUTE):
        clock.now += 0.01
        assert asked(app, b"Bearer secret") == 200
    assert asked(app, b"Bearer secret") == 429
    clock.now = 61.0
    assert asked(app, b"Bearer secret") == 200


def test_too_much_is_refused_by_what_is_announced_and_by_what_comes() -> None:
    inner = App()
    app = Guarded(inner, "secret")
    half = b"x" * (LARGEST_REQUEST // 2)
    assert asked(app, b"Bearer secret", half, half) == 200
    assert asked(app, b"Bearer secret", length=str(LARGEST_REQUEST + 1).encode()) == 413
    assert asked(app, b"Bearer secret", length=b"-1") == 413
    assert asked(app, b"Bearer secret", half, half, b"x") == 0
    assert [len(body) for body in inner.taken] == [LARGEST_REQUEST]


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    monkeypatch.setenv("CODEX_HOME", str(tmp_path))
    monkeypatch.delenv("CODEX_MCP_TOKEN", raising=False)
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


def test_an_empty_token_is_refused_with_what_to_do(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "mcp-token").write_text("\n")
    with pytest.raises(CodexError, match=r"mcp-token is empty.*delete it"):
        token()
    monkeypatch.setenv("CODEX_MCP_TOKEN", "  ")
    settings.cache_clear()
    with pytest.raises(CodexError, match="CODEX_MCP_TOKEN is blank"):
        token()


def test_a_token_appears_whole_for_the_owner_alone_and_is_the_same_for_all(home: Path) -> None:
    start = threading.Barrier(8)

    def take() -> str:
        start.wait()
        return token()[0]

    with ThreadPoolExecutor(8) as pool:
        taken = {future.result() for future in [pool.submit(take) for _ in range(8)]}
    [made] = taken
    assert len(made) >= 32
    assert [file.name for file in home.iterdir()] == ["mcp-token"]
    (home / "mcp-token").chmod(0o644)
    assert token() == (made, home / "mcp-token")
    assert stat.S_IMODE((home / "mcp-token").stat().st_mode) == 0o600
