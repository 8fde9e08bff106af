"""A morning as it is read: what is due, with whom, since when; each line with its notes, escaped wherever it goes."""

from __future__ import annotations

import json
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest

from include.errors import CodexError
from include.intake.note import Refusal
from include.morning.page import Morning, as_data, as_html, as_markdown, as_text, day_given, morning_of, mornings_before
from include.settings import settings
from tests.conftest import ZONE, World

FIRST, SECOND, GONE = (f"0000000{number}-0000-4000-8000-000000000000" for number in (1, 2, 9))
ITEMS: list[dict[str, Any]] = [
    {
        "kind": "due",
        "text": "send the lamp drawings",
        "detail": {"who": "me", "to_whom": "Hanne", "due_at": "2026-03-09T13:00:00+00:00", "due_date": "2026-03-09"},
        "memory_ids": [FIRST],
    },
    {
        "kind": "late",
        "text": "pay the <b>rent</b>",
        "detail": {"who": "Tom", "to_whom": None, "due_at": None, "due_date": "2026-03-07"},
        "memory_ids": [SECOND, FIRST],
    },
    {"kind": "dream", "text": "told of a note that is gone", "detail": {"theme": "x"}, "memory_ids": [GONE]},
    {"kind": "health", "text": "3", "detail": {"status": "failed"}, "memory_ids": []},
]


def publish(world: World, items: list[dict[str, Any]], day: str = "2026-03-09") -> None:
    for number, memory_id in enumerate((FIRST, SECOND), start=1):
        world.store(
            "INSERT INTO codex_processed.memory_index (memory_id, content, created_at, status, as_of, row_hash) "
            "VALUES (%s, %s, %s, 'attended', now(), 'h') ON CONFLICT DO NOTHING",
            [memory_id, f"note <{number}>", f"2026-03-0{number} 23:30+00"],
        )
    world.store(
        "INSERT INTO codex_processed.mornings VALUES (%s, %s, %s, %s, '{}', now(), 'h')",
        [day, f"{day} 06:00+01", json.dumps(items), len(items)],
    )


def read(world: World, day: date | None = None) -> Morning:
    with psycopg.connect(world.url) as store:
        found = morning_of(store, day)
    assert found is not None
    return found


def test_each_line_says_to_whom_and_when_and_names_its_notes(world: World) -> None:
    publish(world, ITEMS)
    morning = read(world)
    assert [(line.kind, line.text, line.beside) for line in morning.lines] == [
        ("due", "send the lamp drawings", "to Hanne, at 14:00"),
        ("late", "pay the <b>rent</b>", "by Tom, was due 2026-03-07"),
        ("health", "3 memories could not be understood: ./codex retry asks again.", ""),
    ]
    # A quarter past midnight by the owner's clock is the day after, in UTC still the day before.
    assert [(note.memory_id, f"{note.created_at:%m-%d}") for note in morning.lines[1].notes] == [
        (FIRST, "03-02"),
        (SECOND, "03-03"),
    ]
    assert as_text(morning).startswith("Good morning · Monday, 2026-03-09\n\nDue today\n  • send the lamp drawings (to")
    assert [item["memory_ids"] for item in as_data(morning)["items"]] == [[FIRST], [FIRST, SECOND], []]


def test_what_notes_say_is_no_markup(world: World) -> None:
    publish(world, ITEMS)
    morning = read(world)
    assert "<b>" not in as_html(morning)
    assert "pay the &lt;b&gt;rent&lt;/b&gt;" in as_html(morning)
    assert r"pay the \<b\>rent\</b\>" in as_markdown(morning)


def test_it_speaks_the_owners_language(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(world, ITEMS)
    monkeypatch.setenv("CODEX_LANGUAGE", "de")
    settings.cache_clear()
    text = as_text(read(world))
    monkeypatch.undo()
    settings.cache_clear()
    assert text.startswith("Guten Morgen · Montag, 2026-03-09\n\nHeute fällig\n")
    assert "(an Hanne, um 14:00)" in text


def test_a_morning_with_nothing_to_say_is_one_line(world: World) -> None:
    publish(world, [])
    assert as_text(read(world)).count("\n") == 3
    assert "Nothing is due" in as_text(read(world))


def test_a_day_is_asked_for_by_its_date(world: World) -> None:
    publish(world, [], day="2026-03-08")
    publish(world, ITEMS)
    assert read(world, date(2026, 3, 8)).lines == ()
    assert read(world).day == date(2026, 3, 9)
    with psycopg.connect(world.url) as store:
        assert morning_of(store, date(2026, 3, 1)) is None
        assert mornings_before(store, date(2026, 3, 9)) == [date(2026, 3, 8)]
    with pytest.raises(CodexError, match="is no day: give one such as"):
        day_given("tomorrow")


def test_a_daily_note_is_never_taken_in_as_a_note(world: World) -> None:
    from include.intake.markdown import read_file
    from include.intake.note import Rules
    from include.morning.delivery import vault_channel

    publish(world, ITEMS)
    (vault := world.folder / "vault").mkdir()
    vault_channel(vault)(read(world), "key")
    [written] = (vault / "Mornings").iterdir()
    [refused] = read_file(written, Rules(ZoneInfo(ZONE)))
    assert isinstance(refused, Refusal)
    assert "was written by Codex Dreams" in refused.reason
