"""What a morning tells: what is due on its day and no earlier, what is late once, and nothing that was told before."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg

from include.lake.connection import configured_lake
from include.rhythms.catalogue import AWAKENING
from tests.conftest import World, warm_rhythms

FIRST = date(2026, 3, 1)
DAYS = 30


def memory_of(number: int) -> str:
    return f"{number:08d}-0000-4000-8000-000000000000"


def commitment_of(number: int) -> str:
    return f"{number:08d}-0000-4000-9000-000000000000"


def owed(commitments: dict[int, date | None]) -> None:
    """Lay down a commitment a number, noted long ago, due on its day; and the memory that opened it."""
    with configured_lake().connect(threads=1) as lake:
        for number, due in commitments.items():
            lake.execute(
                "insert into staging.stg_codex_store__memories by name select cast(? as uuid) as memory_id, "
                "timestamptz '2026-02-01 09:00:00+00' as created_at, 'a note' as content, true as is_current, "
                "false as is_deleted, 'h' as version_hash",
                [memory_of(number)],
            )
            lake.execute(
                "insert into threads.commitments by name select cast(? as uuid) as commitment_id, ? as what, "
                "'me' as who, cast(? as date) as due_date, 'task' as kind, 'said' as said, 'open' as state, "
                "cast(? as uuid) as opened_by, timestamptz '2026-02-01 09:00:00+00' as opened_at, "
                "cast([] as uuid[]) as clashes_with, [cast(? as uuid)] as memory_ids, 'm' as model, "
                "'1' as prompt_version",
                [commitment_of(number), f"task {number}", due, memory_of(number), memory_of(number)],
            )


def late_from(day: date) -> None:
    """As deep sleep would have said the night before."""
    with configured_lake().connect(threads=1) as lake:
        lake.execute("update threads.commitments set state = 'late' where state = 'open' and due_date < ?", [day])


def served(world: World) -> dict[date, list[dict[str, Any]]]:
    return dict(world.store("SELECT morning, items FROM codex_processed.mornings ORDER BY morning"))


def waking(day: date, hour: int = 5) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def test_on_each_of_thirty_mornings_what_is_due_is_there_and_nothing_is_told_twice(world: World) -> None:
    commitments: dict[int, date | None] = {
        number: FIRST + timedelta(days=number * 7 % (DAYS + 4)) for number in range(1, 61)
    }
    commitments |= dict.fromkeys(range(61, 65))
    owed(commitments)
    with warm_rhythms() as warm:
        for offset in range(DAYS):
            day = FIRST + timedelta(days=offset)
            late_from(day)
            warm.run(AWAKENING, waking(day))
    mornings = served(world)
    assert len(mornings) == DAYS
    told: Counter[tuple[str, str]] = Counter()
    for day, items in mornings.items():
        due = {f"task {number}" for number, owed_on in commitments.items() if owed_on == day}
        assert {item["text"] for item in items if item["kind"] == "due"} == due
        told.update((item["kind"], item["text"]) for item in items)
        for item in items:
            assert item["memory_ids"] == [memory_of(int(item["text"].removeprefix("task ")))]
    assert max(told.values()) == 1
    late = {text for kind, text in told if kind == "late"}
    passed = {
        f"task {number}" for number, owed_on in commitments.items() if owed_on and owed_on < FIRST + timedelta(DAYS - 1)
    }
    assert late == passed
    assert {kind for kind, _ in told} == {"due", "late"}


def test_the_same_morning_again_is_the_same_page_and_comes_once_a_day(world: World) -> None:
    owed({1: FIRST, 2: FIRST + timedelta(days=1)})
    with warm_rhythms() as warm:
        warm.run(AWAKENING, waking(FIRST))
        first = world.store("SELECT * FROM codex_processed.mornings")
        beat = world.lake("select beat from control.clock where rhythm = 'awakening'")
        warm.run(AWAKENING, waking(FIRST, hour=9))
        assert world.store("SELECT * FROM codex_processed.mornings") == first
        assert world.lake("select beat from control.clock where rhythm = 'awakening'") == beat, "the gate was shut"
        with configured_lake().connect(threads=1) as lake:
            lake.execute("delete from awakening.mornings")
        warm.run(AWAKENING, waking(FIRST))
    assert world.store("SELECT items FROM codex_processed.mornings") == [(first[0][2],)]


def test_a_day_is_the_owners_whatever_it_is_in_utc(world: World) -> None:
    owed({1: date(2026, 3, 9), 2: date(2026, 3, 10)})
    with warm_rhythms() as warm:
        warm.run(AWAKENING, datetime(2026, 3, 9, 23, 30, tzinfo=UTC))  # half past midnight in Berlin
    [(day, items)] = served(world).items()
    assert (day, [item["text"] for item in items if item["kind"] == "due"]) == (date(2026, 3, 10), ["task 2"])


def test_what_is_forgotten_is_in_no_morning(world: World) -> None:
    from uuid import UUID

    from include.curation.forget import forget
    from include.morning.page import as_text, morning_of

    owed({1: FIRST, 2: FIRST})
    with warm_rhythms() as warm:
        warm.run(AWAKENING, waking(FIRST))
    forget(configured_lake(), [UUID(memory_of(1))], owned=True)
    assert [item["text"] for item in served(world)[FIRST]] == ["task 2"]
    assert world.lake("select text from awakening.morning_items") == [("task 2",)]
    with psycopg.connect(world.url) as store:
        morning = morning_of(store, FIRST)
    assert morning is not None
    assert "task 1" not in as_text(morning)


def test_with_no_memory_there_is_no_morning(world: World) -> None:
    with warm_rhythms() as warm:
        warm.run(AWAKENING, waking(FIRST))
    assert served(world) == {}
