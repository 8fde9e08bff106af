"""Who is let in to the MCP server over HTTP, how often, and with how much: a token, a rate, a size."""

from __future__ import annotations

import hmac
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_REQUEST = 2 * 1024 * 1024
"""Bytes. A note of the greatest length that is taken in, in any script, is a tenth of it."""
REQUESTS_A_MINUTE = 600
REFUSALS_A_MINUTE = 20
"""So often a wrong token is answered; a guess more within the minute is not even looked at."""
_MINUTE = 60.0


class Rate:
    """At most so many a minute, whichever minute."""

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._times: deque[float] = deque()

    @property
    def exhausted(self) -> bool:
        """Whether one more would be too many."""
        now = self._clock()
        while self._times and now - self._times[0] >= _MINUTE:
            self._times.popleft()
        return len(self._times) >= self._most

    def count(self) -> None:
        """Count one."""
        self._times.append(self._clock())


class Guarded:
    """An ASGI app that answers 401 to whoever does not show the token, 413 to too much and 429 to too often."""

    def __init__(self, app: ASGIApp, bearer: str, clock: Callable[[], float] = time.monotonic) -> None:
        if not bearer.strip():
            raise ValueError("an empty token would let everybody in")
        self._app = app
        self._expected = f"Bearer {bearer}".encode()
        self._requests = Rate(REQUESTS_A_MINUTE, clock)
        self._refusals = Rate(REFUSALS_A_MINUTE, clock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI 3)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        if not hmac.compare_digest(headers.get(b"authorization", b""), self._expected):
            too_often = self._refusals.exhausted
            if not too_often:
                self._refusals.count()
            await _refuse(send, 429 if too_often else 401)
        elif self._requests.exhausted:
            await _refuse(send, 429)
        elif _announced(headers.get(b"content-length", b"0")) > LARGEST_REQUEST:
            await _refuse(send, 413)
        else:
            self._requests.count()
            await self._app(scope, _Measured(receive), send)


class _Measured:
    """What a request sends, cut off where it is larger than it may be, whatever it announced."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._left = LARGEST_REQUEST

    async def __call__(self) -> Message:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        return message if self._left >= 0 else {"type": "http.disconnect"}


def _announced(length: bytes) -> int:
    return int(length) if length.isdigit() else LARGEST_REQUEST + 1


async def _refuse(send: Send, status: int) -> None:
    more = {401: [(b"www-authenticate", b"Bearer")], 429: [(b"retry-after", b"60")]}.get(status, [])
    headers = [*more, (b"content-length", b"0")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
