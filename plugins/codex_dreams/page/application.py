"""The page's routes. All ask for Airflow's login; reading changes nothing, opening a search result is a recall.

What the owner says of what they read is sent by the page's own forms, and refused from anywhere else (`origin.py`).
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any, cast, get_args
from uuid import UUID

import duckdb
import psycopg
from fastapi import Depends, FastAPI, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.templating import Jinja2Templates
from jinja2 import pass_context
from starlette.status import HTTP_303_SEE_OTHER, HTTP_404_NOT_FOUND, HTTP_503_SERVICE_UNAVAILABLE

from codex_dreams.page import drawings
from codex_dreams.page.origin import from_our_own_page
from include.answering.ask import ask as answer_of
from include.curation import corrections as owner
from include.curation.corrections import Verb
from include.errors import CodexError
from include.formats import local_time
from include.internals import who_may_see_plugins
from include.lake.connection import configured_lake
from include.language_model.choice import configured_model
from include.morning.page import morning_of, mornings_before
from include.parameters import parameters
from include.reading.decay_curve import curve
from include.reading.journey import journey
from include.reading.latest import Kind, latest
from include.reading.memory_page import fates, health_summary, in_mind, memory_page
from include.reading.network import network
from include.reading.open_items import changes, commitments
from include.reading.open_items import questions as open_questions
from include.reading.threads import HEADINGS, thread, threads
from include.search.candidates import Filters
from include.search.find import KINDS, answerable, find, record_retrievals
from include.settings import settings
from include.store.address import store_url
from include.store.connection import connect

READER = "page"
"""Who recalls, in `codex_processed.retrievals`."""

HEADERS = {
    # Memories may hold anything; the page needs no script, and nobody else's frame.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "frame-ancestors 'self'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}

Limit = Annotated[int, Query(ge=1, le=1000)]

pages = Jinja2Templates(Path(__file__).parent / "templates")
pages.env.trim_blocks = pages.env.lstrip_blocks = True
pages.env.globals["drawings"] = drawings
pages.env.globals["path"] = pass_context(lambda context, name, **given: _path(context["request"], name, **given))
pages.env.filters["when"] = local_time


def application() -> FastAPI:
    """The application that the plugin mounts; every route needs the right to see plugins in Airflow."""
    app = FastAPI(
        title="Codex Dreams",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        dependencies=[Depends(who_may_see_plugins()), Depends(from_our_own_page)],
    )
    app.get("/", response_class=HTMLResponse)(mind)
    app.get("/morning", response_class=HTMLResponse)(morning)
    app.get("/search", response_class=HTMLResponse)(search)
    app.get("/ask", response_class=HTMLResponse)(ask)
    app.post("/recall")(recall)
    app.get("/memory/{memory_id}", response_class=HTMLResponse)(memory)
    app.get("/threads", response_class=HTMLResponse)(all_threads)
    app.get("/thread/{thread_id}", response_class=HTMLResponse)(one_thread)
    app.get("/open", response_class=HTMLResponse)(open_items)
    app.post("/say")(say)
    app.get("/network", response_class=HTMLResponse)(whole_network)
    app.get("/health", response_class=HTMLResponse)(health)
    app.get("/{kind}", response_class=HTMLResponse)(latest_of)  # the last, since it takes any other path
    app.exception_handler(CodexError)(_not_found)
    app.exception_handler(psycopg.Error)(_refused)
    app.exception_handler(duckdb.Error)(_refused)
    return app


def mind(request: Request) -> Response:
    """The first page: working memory now, the latest of each kind, and health."""
    with _store() as store:
        shown: dict[str, Any] = {
            "morning": morning_of(store),
            "fates": fates(store),
            "health": health_summary(store),
            "insights": latest(store, "insights", limit=6),
            "dreams": latest(store, "dreams", limit=3),
            "episodes": latest(store, "episodes", limit=4),
        }
    return _page(request, "mind.html", in_mind=in_mind(configured_lake()), **shown)


def morning(request: Request, day: date | None = None) -> Response:
    """A day's morning, or the last; and which others there are."""
    with _store() as store:
        told = morning_of(store, day)
        days = mornings_before(store, told.day if told else None)
    return _page(request, "morning.html", morning=told, day=day, days=days)


def search(
    request: Request, q: str = "", kind: str = "", tag: str = "", k: Annotated[int, Query(ge=1, le=100)] = 10
) -> Response:
    """The results of a search, and what brought each up."""
    if kind and kind not in KINDS:
        raise CodexError(f"There is no kind {kind!r}; there are {', '.join(KINDS)}.")
    text, wanted = q.replace("\0", " ").strip(), tag.replace("\0", " ").strip()
    found = []
    if text:
        with answerable(), _store() as store:
            found = find(
                store, configured_model(settings()), text, k=k, kind=kind or None, tags=[wanted] if wanted else []
            )
    return _page(request, "search.html", q=text, kind=kind, tag=wanted, kinds=KINDS, found=found)


def ask(request: Request, q: str = "", tag: str = "") -> Response:
    """An answer from the notes, each sentence with those that it rests on; opening one of them is the recall."""
    text, wanted = q.replace("\0", " ").strip(), tag.replace("\0", " ").strip()
    answer = None
    if text:
        with answerable(), _store() as store:
            answer = answer_of(
                store,
                configured_model(settings()),
                text,
                now=datetime.now(settings().zone),
                filters=Filters((wanted,) if wanted else ()),
            )
    return _page(request, "ask.html", q=text, tag=wanted, answer=answer)


def recall(request: Request, memory_id: Annotated[UUID, Form()]) -> Response:
    """Open a memory that was found: it is recalled, which strengthens it (testing effect)."""
    with _store() as store:
        if memory_page(store, memory_id) is None:
            raise CodexError(f"There is no memory {memory_id} to recall.")
        record_retrievals(store, [memory_id], READER)
    return RedirectResponse(_path(request, "memory", memory_id=memory_id), HTTP_303_SEE_OTHER)


def memory(request: Request, memory_id: str) -> Response:
    """One memory: its journey, its forgetting curve, and its associations."""
    travelled = journey(configured_lake(), memory_id)
    with _store() as store:
        page = memory_page(store, travelled.memory_id)
        around = drawings.network(network(store, travelled.memory_id), height=420, most_words=30)
    fading = None
    if page is not None and page.memory["retrievability"]:
        known = page.memory
        since = (datetime.now(UTC) - known["known_as_of"]).total_seconds() / 86400
        fading = drawings.forgetting(
            curve(
                known["retrievability"],
                known["stability_days"],
                parameters().decay_exponent,
                since_days=max(since, 0.0),
            )
        )
    return _page(request, "memory.html", journey=travelled, page=page, fading=fading, network=around)


def whole_network(request: Request) -> Response:
    """The strongest associations."""
    with _store() as store:
        drawn = network(store)
    return _page(request, "network.html", network=drawings.network(drawn, height=760), links=drawn.links[:20])


def all_threads(
    request: Request, limit: Limit = 50, left_open: Annotated[bool, Query(alias="open")] = False
) -> Response:
    """The threads, those with the latest notes first; or only what they leave open."""
    with _store() as store:
        rows = threads(store, limit=limit, left_open=left_open)
    return _page(request, "threads.html", rows=rows, limit=limit, left_open=left_open)


def one_thread(request: Request, thread_id: str) -> Response:
    """One thread: its story, what comes again, has changed, is open, could be next; and its notes."""
    with _store() as store:
        told = thread(store, thread_id)
    notes = {str(note["memory_id"]): note for note in told["notes"]}
    return _page(request, "thread.html", thread=told, notes=notes, headings=HEADINGS)


def latest_of(request: Request, kind: str, limit: Limit = 50, tag: str = "") -> Response:
    """The latest insights, dreams or episodes."""
    if kind not in get_args(Kind):
        raise CodexError(f"There is no page {kind!r}.")
    wanted = tag.replace("\0", " ").strip() or None
    with _store() as store:
        rows = latest(store, cast(Kind, kind), limit=limit, tag=None if kind == "dreams" else wanted)
    return _page(request, "list.html", kind=kind, rows=rows, limit=limit, tag=wanted)


def open_items(request: Request) -> Response:
    """Questions, promises, changes of mind, and what the owner has said so far."""
    with _store() as store:
        shown: dict[str, Any] = {
            "questions": open_questions(store, limit=50),
            "commitments": commitments(store, limit=100),
            "changes": changes(store, limit=50),
            "corrections": owner.corrections(store, limit=50, standing=True),
        }
    return _page(request, "open.html", **shown)


def say(
    request: Request,
    item_id: Annotated[str, Form(max_length=100)],
    verb: Annotated[Verb, Form()],
    word: Annotated[str, Form(max_length=owner.LONGEST)] = "",
    back: Annotated[bool, Form()] = False,
    next_page: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Take the owner's word on something, and show the page that it was said on."""
    lake = configured_lake()
    match verb:
        case "pin":
            owner.pin(lake, item_id, by=READER, back=back)
        case "reject":
            owner.reject(lake, item_id, by=READER, back=back)
        case "correct":
            owner.correct(lake, item_id, word, by=READER, back=back)
        case "answer":
            owner.answer(lake, item_id, word, by=READER, back=back)
    within = next_page.startswith(_path(request, "mind")) and "//" not in next_page
    return RedirectResponse(next_page if within else _path(request, "open_items"), HTTP_303_SEE_OTHER)


def health(request: Request) -> Response:
    """Health of each part and stage, missed targets, tables held back."""
    with _store() as store:
        return _page(request, "health.html", health=health_summary(store))


def _store() -> AbstractContextManager[psycopg.Connection[Any]]:
    return connect(store_url())


def _path(request: Request, name: str, **given: Any) -> str:
    """Where a route of the page is; without a host, so that it holds behind any proxy."""
    # Not request.url_for: the outermost application does not know the routes of one that is made so late.
    return f"{request.scope.get('root_path', '')}{request.app.url_path_for(name, **given)}"


def _page(request: Request, name: str, status: int = 200, **shown: Any) -> Response:
    return pages.TemplateResponse(request, name, shown, status_code=status, headers=HEADERS)


def _not_found(request: Request, error: Exception) -> Response:
    return _page(request, "error.html", HTTP_404_NOT_FOUND, message=str(error))


def _refused(request: Request, error: Exception) -> Response:
    first = str(error).strip().partition("\n")[0]
    return _page(request, "error.html", HTTP_503_SERVICE_UNAVAILABLE, message=f"The store or the lake refuses: {first}")
