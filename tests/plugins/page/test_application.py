"""The page in the web UI, as Airflow's API server mounts it, over a store and a lake that the pipeline filled."""

from __future__ import annotations

import html
import os
import re
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from include.airflow_service.processes import HOME_MARK
from tests.conftest import World, new_world

# Airflow reads its settings when it is imported: after the installation has made them, never before.
pytestmark = pytest.mark.usefixtures("installation")

OWN = "http://127.0.0.1"
MORNING = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
EVIL = "<script>alert('x')</script> & <b>bold</b>"
STRANGER = UUID("6b1f0000-0000-4000-8000-00000000beef")
"""Nobody."""
NOTES = [
    ("The build was slow because the cache was cold: warm the cache before the release.", ["ci"]),
    ("Warming the build cache before the release made the release fast.", ["ci"]),
    ("A cold cache made the build slow again; the release waited for the cache.", ["ci"]),
    ("Anna plays the cello in a quartet on Sundays, and I love it!", ["music"]),
    (f"Somebody pasted {EVIL} into the guest book.", []),
]
ODD = UUID("6b1f0000-0000-4000-8000-0000000000dd")
READING = (
    "/",
    "/search?q=cold+cache",
    "/ask?q=cold+cache",
    "/insights",
    "/dreams",
    "/episodes",
    "/threads",
    "/threads?open=true",
    "/open",
    "/network",
    "/health",
)


@pytest.fixture(scope="module")
def known(installation: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world in which a few notes became knowledge."""
    with new_world(installation, tmp_path_factory.mktemp("page")) as world:
        world.remember(
            [
                {"content": content, "tags": tags, "created_at": (MORNING + timedelta(minutes=number)).isoformat()}
                for number, (content, tags) in enumerate(NOTES)
            ]
        )
        # Written by some program, with a date before all calendars and metadata that no program can follow.
        world.store(
            "INSERT INTO public.memories (id, content, created_at, metadata) "
            "VALUES (%s, 'The cache of the ancients.', '-infinity', %s::jsonb)",
            [ODD, '{"a":' * 1000 + "1" + "}" * 1000],
        )
        evening = MORNING + timedelta(hours=1)
        world.run("working", "insights", "short_term", "hippocampal", "deep_sleep", "rem_sleep", as_of=evening)
        yield world


@pytest.fixture(scope="module")
def server(installation: Any) -> Iterator[Any]:
    """The whole of Airflow's API server, with our plugin, spoken to as a browser does."""
    from airflow.api_fastapi.app import create_app, purge_cached_app
    from starlette.testclient import TestClient

    # What `./codex up` gives the real one (include/airflow_service/supervisor.py).
    os.environ["AIRFLOW__API_AUTH__JWT_SECRET"] = secrets.token_hex(32)
    os.environ[HOME_MARK] = "a home of which no process is"
    with TestClient(create_app(), base_url=OWN, follow_redirects=False) as client:
        del os.environ[HOME_MARK]
        yield client
    purge_cached_app()


@pytest.fixture
def browser(server: Any, known: World) -> Iterator[Any]:
    """With the cookie that a login leaves."""
    from airflow.api_fastapi.app import get_auth_manager
    from airflow.api_fastapi.auth.managers.base_auth_manager import COOKIE_NAME_JWT_TOKEN
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

    owner = SimpleAuthManagerUser(username="admin", role="admin")
    server.cookies.set(COOKIE_NAME_JWT_TOKEN, get_auth_manager().generate_jwt(owner))
    yield server
    server.cookies.clear()


def page(browser: Any, path: str, status: int = 200) -> str:
    answer = browser.get(f"/codex-dreams{path}")
    assert answer.status_code == status, answer.text
    return str(answer.text)


def memory_of(world: World, beginning: str) -> UUID:
    [(found,)] = world.store("SELECT id FROM public.memories WHERE content LIKE %s", [f"{beginning}%"])
    assert isinstance(found, UUID)
    return found


@pytest.mark.parametrize("path", [*READING, f"/memory/{STRANGER}", "/nowhere-at-all"])
def test_without_a_login_nothing_is_shown(server: Any, known: World, path: str) -> None:
    answer = server.get(f"/codex-dreams{path}")
    assert answer.status_code in {401, 404}
    assert "cache" not in answer.text
    assert answer.status_code == 401 or path == "/nowhere-at-all"


def test_without_a_login_nothing_is_recalled(server: Any, known: World) -> None:
    before = known.store("SELECT count(*) FROM codex_processed.retrievals")
    answer = server.post("/codex-dreams/recall", data={"memory_id": str(memory_of(known, "Anna"))})
    assert answer.status_code == 401
    assert known.store("SELECT count(*) FROM codex_processed.retrievals") == before


def test_the_web_ui_knows_of_the_page(browser: Any) -> None:
    listed = browser.get("/api/v2/plugins").json()["plugins"]
    [ours] = [plugin for plugin in listed if plugin["name"] == "codex_dreams"]
    [view] = ours["external_views"]
    assert view["name"] == "Codex Dreams"
    assert browser.get(view["href"]).status_code == 200


@pytest.mark.parametrize("path", READING)
def test_reading_changes_nothing(browser: Any, known: World, path: str) -> None:
    before = known.store("SELECT count(*) FROM codex_processed.retrievals")
    page(browser, path)
    assert known.store("SELECT count(*) FROM codex_processed.retrievals") == before


def test_the_first_page_tells_what_became_of_every_memory_and_what_was_understood(browser: Any, known: World) -> None:
    shown = page(browser, "/")
    fates = dict(known.store("SELECT status, count(*) FROM codex_processed.memory_index GROUP BY 1"))
    assert f"{sum(fates.values())} memories" in shown
    for fate, count in fates.items():
        assert f"{count} {fate}" in shown
    # What one note says by itself is not shown; this one is to follow from several.
    [(insight,)] = known.store(
        "UPDATE codex_processed.insights SET across_notes = true WHERE memory_id = %s RETURNING key_insight",
        [memory_of(known, "Anna")],
    )
    shown = page(browser, "/")
    assert html.escape(insight, quote=False) in html.unescape(shown) or insight in html.unescape(shown)


def test_a_question_is_answered_with_its_notes_which_can_be_opened(browser: Any, known: World) -> None:
    shown = page(browser, "/ask?q=Why+was+the+build+slow%3F")
    offered = re.findall(r'name="memory_id" value="([0-9a-f-]{36})"', shown)
    assert UUID(offered[0]) in {memory_of(known, "The build"), memory_of(known, "A cold")}
    assert 'href="#note-1"' in shown
    assert "Not known:" not in shown
    assert "Not known:" in page(browser, "/ask?q=Who+is+Zebulon+of+Vladivostok%3F")


def test_what_is_found_can_be_opened_and_that_is_a_recall(browser: Any, known: World) -> None:
    shown = page(browser, "/search?q=why+was+the+build+slow&kind=memory")
    offered = re.findall(r'name="memory_id" value="([0-9a-f-]{36})"', shown)
    assert UUID(offered[0]) in {memory_of(known, "The build"), memory_of(known, "A cold")}
    assert "words" in shown, "tells what brought it up"
    opened = browser.post("/codex-dreams/recall", data={"memory_id": offered[0]}, headers={"origin": OWN})
    assert opened.status_code == 303
    assert opened.headers["location"] == f"/codex-dreams/memory/{offered[0]}"
    [(reader,)] = known.store("SELECT reader FROM codex_processed.retrievals WHERE memory_id = %s", [offered[0]])
    assert reader == "page"


def test_a_memory_tells_its_journey_its_forgetting_and_its_neighbours(browser: Any, known: World) -> None:
    [(memory_id,)] = known.store("SELECT source_memory_id FROM codex_processed.semantic_memory ORDER BY 1 LIMIT 1")
    shown = page(browser, f"/memory/{memory_id}")
    assert "It is known." in shown
    assert "Forgetting curve" in shown
    neighbours = known.store(
        "SELECT CASE WHEN memory_a = %(id)s THEN memory_b ELSE memory_a END FROM codex_processed.associations "
        "WHERE %(id)s IN (memory_a, memory_b)",
        {"id": memory_id},
    )
    for (neighbour,) in neighbours:
        assert f"/codex-dreams/memory/{neighbour}" in shown


def test_the_curve_that_is_drawn_is_the_one_that_the_models_compute(known: World) -> None:
    from include.parameters import parameters
    from include.reading.decay_curve import retrievability

    rows = known.lake("select days_since_last_event, stability_days, retrievability from long_term.ltm_strength")
    assert rows
    for days, stability, computed in rows:
        assert retrievability(days, stability, parameters().decay_exponent) == pytest.approx(computed)


def test_the_strongest_associations_are_drawn_the_same_each_time(browser: Any, known: World) -> None:
    links = known.store("SELECT count(*) FROM codex_processed.associations")[0][0]
    assert links
    shown = page(browser, "/network")
    assert shown.count('<line class="link') == links
    assert shown == page(browser, "/network")


def test_what_was_saved_is_shown_as_it_is_and_steers_nothing(browser: Any, known: World) -> None:
    memory_id = memory_of(known, "Somebody")
    answer = browser.get(f"/codex-dreams/memory/{memory_id}")
    assert "<script" not in answer.text
    assert "&lt;script&gt;" in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    searched = page(browser, "/search?q=%3Cscript%3Ealert(1)%3C/script%3E")
    assert "<script" not in searched


@pytest.mark.parametrize(
    ("path", "told"),
    [
        (f"/memory/{STRANGER}", "There is no memory"),
        ("/memory/the-tea", "is no memory id"),
        ("/thread/the-tea", "is no thread"),
        (f"/thread/{STRANGER}", "There is no thread"),
        ("/search?q=tea&kind=nonsense", "There is no kind"),
    ],
)
def test_what_can_not_be_shown_is_told(browser: Any, path: str, told: str) -> None:
    assert told in page(browser, path, 404)


def test_a_memory_that_is_nowhere_is_not_recalled(browser: Any, known: World) -> None:
    stranger = STRANGER
    answer = browser.post("/codex-dreams/recall", data={"memory_id": str(stranger)}, headers={"origin": OWN})
    assert answer.status_code == 404
    assert known.store("SELECT count(*) FROM codex_processed.retrievals WHERE memory_id = %s", [stranger]) == [(0,)]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "null"},
        {"origin": "http://evil.example"},
        {"origin": "http://127.0.0.1.evil.example"},
        {"origin": "http://127.0.0.1:8081"},
        {"referer": "http://evil.example/127.0.0.1"},
    ],
    ids=str,
)
def test_another_page_recalls_nothing_in_the_owners_name(browser: Any, known: World, headers: dict[str, str]) -> None:
    before = known.store("SELECT count(*) FROM codex_processed.retrievals")
    answer = browser.post("/codex-dreams/recall", data={"memory_id": str(memory_of(known, "Anna"))}, headers=headers)
    assert answer.status_code == 403
    assert known.store("SELECT count(*) FROM codex_processed.retrievals") == before


@pytest.mark.parametrize("path", ["/codex-dreams/", "/api/v2/version", "/"])
@pytest.mark.parametrize("host", ["evil.example", "evil.example:8080", "127.0.0.1.evil.example", "[", ""])
def test_under_a_name_that_is_not_ours_nothing_is_answered(browser: Any, path: str, host: str) -> None:
    answer = browser.get(path, headers={"host": host})
    assert answer.status_code == 421
    assert "CODEX_WEB_HOSTS" in answer.text


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost", "[::1]:8080", "LOCALHOST:80"])
def test_under_the_names_of_the_loopback_interface_it_is(browser: Any, host: str) -> None:
    assert browser.get("/codex-dreams/", headers={"host": host}).status_code == 200


def test_a_part_that_is_not_well_is_seen_at_once(browser: Any, known: World) -> None:
    known.store(
        "INSERT INTO codex_processed.health (component, status, reason, checked_at) "
        "VALUES ('backlog', 'stalled', 'the oldest memory waits for 3 h', now())"
    )
    try:
        for path in ("/", "/health"):
            assert "the oldest memory waits for 3 h" in page(browser, path)
    finally:
        known.store("DELETE FROM codex_processed.health")
    assert "waits for 3 h" not in page(browser, "/")


def test_the_owners_word_is_taken_from_our_own_page_alone(browser: Any, known: World) -> None:
    [(insight, text)] = known.store(
        "SELECT id::text, key_insight FROM codex_processed.insights WHERE memory_id = %s", [memory_of(known, "Anna")]
    )
    assert insight in page(browser, "/insights")
    given = {"item_id": insight, "verb": "correct", "word": "Anna plays the <i>viola</i>.", "next_page": "//evil.test"}
    for headers in ({}, {"origin": "http://evil.test"}):
        assert browser.post("/codex-dreams/say", data=given, headers=headers).status_code == 403
    assert known.store("SELECT count(*) FROM codex_processed.corrections") == [(0,)]

    said = browser.post("/codex-dreams/say", data=given, headers={"origin": OWN})
    assert (said.status_code, said.headers["location"]) == (303, "/codex-dreams/open")
    shown = page(browser, "/insights")
    assert "Anna plays the &lt;i&gt;viola&lt;/i&gt;." in shown
    assert text not in html.unescape(shown)
    assert "viola" in page(browser, "/open"), "what was said can be seen, and taken back"
    [(maker, verb)] = known.store("SELECT made_by, verb FROM codex_processed.corrections")
    assert (maker, verb) == ("page", "correct")
    back = {"item_id": insight, "verb": "correct", "back": "true", "next_page": "/codex-dreams/insights?limit=5"}
    said = browser.post("/codex-dreams/say", data=back, headers={"origin": OWN})
    assert said.headers["location"] == "/codex-dreams/insights?limit=5"
    kept = known.store("SELECT key_insight FROM codex_processed.insights WHERE id::text = %s", [insight])
    assert kept == [(text,)]


def test_without_a_login_nothing_is_said(server: Any, known: World) -> None:
    before = known.store("SELECT count(*) FROM codex_processed.corrections")
    given = {"item_id": str(memory_of(known, "Anna")), "verb": "pin"}
    assert server.post("/codex-dreams/say", data=given, headers={"origin": OWN}).status_code == 401
    assert known.store("SELECT count(*) FROM codex_processed.corrections") == before
