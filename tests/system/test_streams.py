"""A stream gives the same memory however it comes in: by the minute, by the hour, shuffled, after an outage.

Conversations turn by turn (they are not part of the repository), and streams that hypothesis makes up.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from include.demo.sample import month
from include.lake.connection import configured_lake
from include.rhythms.catalogue import HIPPOCAMPAL_REPLAY, INSIGHTS, NIGHT, SHORT_TERM_MEMORY, WORKING_MEMORY
from include.runs.warm_rhythms import WarmRhythms
from include.served.publish import publish
from include.served.tables import served_tables
from tests.conftest import ZONE, World, new_world, warm_rhythms

pytestmark = pytest.mark.soak  # many runs of the whole pipeline

CONVERSATIONS = Path(__file__).resolve().parents[3] / "shared" / "data" / "locomo_dev.json"
AWAKE = (WORKING_MEMORY, INSIGHTS, SHORT_TERM_MEMORY, HIPPOCAMPAL_REPLAY)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

Note = dict[str, Any]
Stream = Sequence[Note]
Parts = list[tuple[datetime, list[Note]]]
"""When waking rhythms ran, and what had been saved since they ran before."""


def said_at(note: Note) -> datetime:
    return datetime.fromisoformat(note["created_at"])


def conversation(number: int, sessions: slice) -> list[Note]:
    """Some sessions of a conversation, a turn each minute."""
    if not CONVERSATIONS.exists():
        pytest.skip("the conversations are not at hand (they are not part of the repository)")
    told = json.loads(CONVERSATIONS.read_text())[number]["conversation"]
    names = [name for name in told if name.startswith("session_") and not name.endswith("date_time")]
    notes = []
    for name in sorted(names, key=lambda name: int(name.split("_")[1]))[sessions]:
        begins = datetime.strptime(told[f"{name}_date_time"], "%I:%M %p on %d %B, %Y").replace(tzinfo=UTC)
        for turn, said in enumerate(told[name]):
            at = begins + turn * MINUTE
            notes.append({"content": f"{said['speaker']}: {said['text']}", "created_at": at.isoformat()})
    return notes


def by(step: timedelta, stream: Stream) -> Parts:
    """What came within each step, taken in at its end. Steps in which nothing came are not waited for."""
    parts: dict[datetime, list[Note]] = {}
    for note in stream:
        ended = datetime.fromtimestamp(
            (said_at(note).timestamp() // step.total_seconds() + 1) * step.total_seconds(), UTC
        )
        parts.setdefault(ended, []).append(note)
    return sorted(parts.items())


def at_once(stream: Stream) -> Parts:
    return [(max(said_at(note) for note in stream) + MINUTE, list(stream))]


def shuffled(stream: Stream) -> Parts:
    """In another order, in four parts of which each holds notes of all times."""
    mixed = list(stream)
    random.Random(4).shuffle(mixed)
    last = max(said_at(note) for note in stream)
    quarter = -(-len(mixed) // 4)
    return [(last + count * MINUTE, mixed[count * quarter : (count + 1) * quarter]) for count in range(4)]


def with_an_outage(stream: Stream) -> Parts:
    """By the hour, but for a day in the middle: what was saved in it is taken in when it is over."""
    begins = said_at(stream[len(stream) // 3])
    parts: Parts = []
    missed: list[Note] = []
    for ended, notes in by(HOUR, stream):
        if begins <= ended < begins + DAY:
            missed += notes
        else:
            parts.append((ended, missed + notes))
            missed = []
    return parts + ([(begins + DAY, missed)] if missed else [])


@contextmanager
def warm_world(installation: Path, folder: Path, *, in_memory: bool = True) -> Iterator[tuple[World, WarmRhythms]]:
    with new_world(installation, folder) as world, warm_rhythms(published=False, in_memory=in_memory) as warm:
        yield world, warm


def lived(world: World, warm: WarmRhythms, parts: Parts, night: datetime) -> bytes:
    """Save and take in part by part, sleep, and write down all that is known."""
    for as_of, notes in parts:
        if notes:
            world.remember(notes)
        for rhythm in AWAKE:
            warm.run(rhythm, as_of, asleep=False)
    for rhythm in NIGHT:
        warm.run(rhythm, night, asleep=True)
    warm.bring_back()
    publish(configured_lake(), sorted(served_tables()), as_of=night, run_id="compared")
    return world.export()


def night_after(stream: Stream) -> datetime:
    last = max(said_at(note) for note in stream)
    return (last + DAY).replace(hour=2, minute=0, second=0, microsecond=0)


def account(world: World) -> dict[str, int]:
    return dict(world.lake("select status, count(*) from control.processing_state group by status"))


WAYS: dict[str, Callable[[Stream], Parts]] = {
    "by the hour": lambda stream: by(HOUR, stream),
    "shuffled": shuffled,
    "with an outage": with_an_outage,
}


def compared(installation: Path, folder: Path, stream: Stream, ways: dict[str, Callable[[Stream], Parts]]) -> None:
    night = night_after(stream)
    with warm_world(installation, folder / "once") as (world, warm):
        once = lived(world, warm, at_once(stream), night)
        fates = account(world)
        assert sum(fates.values()) == len({note["content"] for note in stream})
        assert fates.get("pending", 0) == 0
    assert once.count(b'"kind": "knowledge"') > 0
    for name, way in ways.items():
        with warm_world(installation, folder / name.replace(" ", "_")) as (world, warm):
            assert lived(world, warm, way(stream), night) == once, name
            assert account(world) == fates


def test_a_conversation_comes_in_by_the_minute_or_at_once(installation: Path, tmp_path: Path) -> None:
    session = conversation(0, slice(0, 1))[:16]
    compared(installation, tmp_path, session, {"by the minute": lambda stream: by(MINUTE, stream)})


@pytest.mark.soak
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("number", range(4))
def test_whole_conversations_come_in_in_any_way(installation: Path, tmp_path: Path, number: int) -> None:
    compared(installation, tmp_path, conversation(number, slice(None)), WAYS)


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_a_week_of_conversation_comes_in_by_the_minute(installation: Path, tmp_path: Path) -> None:
    week = conversation(1, slice(0, 4))
    compared(installation, tmp_path, week, WAYS | {"by the minute": lambda stream: by(MINUTE, stream)})


WORDS = ("cache", "release", "Anna", "deadline", "Berlin", "garden", "afraid", "happy", "important", "broken", "tests")


@st.composite
def streams(draw: st.DrawFn) -> list[Note]:
    """Up to a few days of notes: bursts within seconds, pauses of hours, simultaneous ones, texts of a few words."""
    gaps = draw(st.lists(st.sampled_from([0, 1, 20, 240, 3600, 30_000]), min_size=4, max_size=14))
    at = datetime(2026, 3, 2, 8, tzinfo=UTC)
    notes = []
    for count, gap in enumerate(gaps):
        at += timedelta(seconds=gap)
        words = draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=6))
        notes.append({"content": f"Note {count}: {' '.join(words)}.", "created_at": at.isoformat()})
    return notes


def check_stream(installation: Path, folder: Path, stream: list[Note]) -> None:
    night = night_after(stream)
    results = {}
    for name, way in {"at once": at_once, **WAYS}.items():
        with warm_world(installation, folder / name.replace(" ", "_")) as (world, warm):
            results[name] = lived(world, warm, way(stream), night)
            [[lowest, highest]] = world.lake(
                "select coalesce(min(weight), 0), coalesce(max(weight), 0) from consolidation.memory_associations"
            )
            assert 0 <= lowest <= highest <= 1
            [[most]] = world.lake(
                "select coalesce(max(places), 0) from (select count(distinct slot) as places "
                "from working_memory.wm_admissions where slot is not null group by window_start)"
            )
            assert most <= 9
    assert len(set(results.values())) == 1, {name: len(export) for name, export in results.items()}


@pytest.mark.soak
@pytest.mark.timeout(7200)
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(stream=streams())
def test_any_stream_comes_in_in_any_way(
    installation: Path, tmp_path_factory: pytest.TempPathFactory, stream: list[Note]
) -> None:
    check_stream(installation, tmp_path_factory.mktemp("stream"), stream)


def test_the_way_of_making_models_does_not_matter(installation: Path, tmp_path: Path) -> None:
    """Models that dbt compiled once give what dbt gives."""
    stream = month(date(2026, 3, 30), ZoneInfo(ZONE))[:24]
    night = night_after(stream)
    tables: dict[bool, Any] = {}
    for audited in (False, True):
        with warm_world(installation, tmp_path / str(audited), in_memory=False) as (world, warm):
            warm.audited = audited
            export = lived(world, warm, at_once(stream), night)
            columns = world.lake("select * exclude (memory_id) from long_term.ltm_cortical_columns order by all")
            tables[audited] = (export, columns)
    assert tables[True] == tables[False]
