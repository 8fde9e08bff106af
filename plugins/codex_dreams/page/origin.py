"""Who may speak to the web UI: pages of its own, under names that are its own.

A login is a cookie, which a browser sends along with whatever any page asks it to send. So what changes something must
come from our own page; and a page elsewhere that gives the loopback interface a name of its own (DNS rebinding) is
not answered at all.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from fastapi import HTTPException, Request
from starlette.responses import PlainTextResponse
from starlette.status import HTTP_403_FORBIDDEN, HTTP_421_MISDIRECTED_REQUEST

from include.airflow_service.processes import HOME_MARK
from include.settings import settings

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def from_our_own_page(request: Request) -> None:
    """Refuse (403) what changes something unless a page of this very host sends it."""
    if request.method in _READING:
        return
    origin = request.headers.get("origin") or request.headers.get("referer") or ""
    if not origin or urlsplit(origin).netloc.lower() != request.headers.get("host", "").lower():
        raise HTTPException(HTTP_403_FORBIDDEN, "This was not sent by the page itself.")


class KnownHosts:
    """An ASGI app that answers under the names of the loopback interface and those of CODEX_WEB_HOSTS alone.

    So in the service that `./codex up` starts. Elsewhere (Astro) the names are the deployment's to know.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        more = settings().codex_web_hosts.split(",")
        self._known = _LOOPBACK | {name.strip().lower() for name in more if name.strip()}
        self._guards = HOME_MARK in os.environ

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI 3)."""
        if self._guards and scope["type"] in {"http", "websocket"} and self._name(scope) not in self._known:
            text = "This address is not known here. Behind a proxy, name it in CODEX_WEB_HOSTS."
            await PlainTextResponse(text, HTTP_421_MISDIRECTED_REQUEST)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    @staticmethod
    def _name(scope: Scope) -> str | None:
        host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
        try:
            return urlsplit(f"//{host}").hostname
        except ValueError:
            return None
