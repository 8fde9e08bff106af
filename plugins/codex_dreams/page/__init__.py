"""The *Codex Dreams* page in Airflow's web UI: working memory, insights, dreams, episodes, search, health."""

from __future__ import annotations

from functools import cache
from typing import Any
from urllib.parse import urlsplit

PREFIX = "/codex-dreams"


@cache
def _application() -> Any:
    from codex_dreams.page.application import application

    return application()


class Page:
    """The page as an ASGI application; made at its first request: schedulers and workers import nothing of it."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request (ASGI 3)."""
        await _application()(scope, receive, send)


class Guard:
    """Around the whole web UI: who asks under a name that is not ours gets no answer. Made where it is served."""

    def __init__(self, app: Any) -> None:
        from codex_dreams.page.origin import KnownHosts

        self._guarded = KnownHosts(app)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request (ASGI 3)."""
        await self._guarded(scope, receive, send)


FASTAPI_ROOT_MIDDLEWARE: dict[str, Any] = {"middleware": Guard, "args": [], "kwargs": {}, "name": "Known hosts"}
FASTAPI_APP: dict[str, Any] = {"app": Page(), "url_prefix": PREFIX, "name": "Codex Dreams"}


def external_view() -> dict[str, str]:
    """The entry in the navigation; below the path that the web UI is served at."""
    from airflow.configuration import conf  # which, first imported here, would load plugins while this is one of them

    below = urlsplit(conf.get("api", "base_url", fallback="") or "").path.rstrip("/")
    return {
        "name": "Codex Dreams",
        "href": f"{below}{PREFIX}/",
        "destination": "nav",
        "category": "browse",
        "url_route": "codex-dreams",
    }
