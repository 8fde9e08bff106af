from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from itertools import combinations, pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.demo.sample import SampleNote, month, notes, write_sample

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = [
    ZoneInfo(name)
    for name in (
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "America/Santiago",  # the clock changes at midnight
        "Africa/Cairo",
        "Australia/Lord_Howe",  # by half an hour
        "Asia/Kathmandu",  # an offset with three quarters of an hour
        "Pacific/Kiritimati",
    )
]
INTAKE_KEYS = {
    "content",
    "created_at",
    "context",
    "summary",
    "tags",
    "parent_id",
    "chunk_index",
    "total_chunks",
}
THREADS = ["migration", "payments", "team", "mama", "running", "allotment", "spanish", "bread", "ruth"]
PEOPLE = ["Mama", "Jonas", "Marek", "Priya", "Seun", "Dagny", "Ruth", "Walter", "Pilar", "Bronwen", "Dr. Amari"]


@pytest.fixture(scope="module")
def sampled() -> list[SampleNote]:
    return notes()


def at(note: dict[str, object]) -> datetime:
    return datetime.fromisoformat(str(note["created_at"]))


def minute_of_month(note: SampleNote) -> int:
    return (note.day * 24 + note.time.hour) * 60 + note.time.minute


def words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


# ---- what the month holds


def test_about_150_distinct_notes_and_three_lines_more_that_repeat_one_word_for_word(sampled: list[SampleNote]) -> None:
    times_written = Counter(note.content for note in sampled)
    assert 145 <= len(times_written) <= 165
    assert sorted(times_written.values())[-4:] == [1, 2, 2, 2]


def test_a_repeated_note_differs_from_the_first_in_its_time_alone(sampled: list[SampleNote]) -> None:
    first: dict[str, SampleNote] = {}
    for note in sampled:
        earlier = first.setdefault(note.content, note)
        assert note.model_copy(update={"day": earlier.day, "time": earlier.time}) == earlier
        assert minute_of_month(note) >= minute_of_month(earlier)


def test_a_few_notes_are_reworded_and_no_others_resemble_each_other(sampled: list[SampleNote]) -> None:
    distinct = {note.content: words(note.content) for note in sampled}
    alike = [
        (one, other)
        for (one, left), (other, right) in combinations(distinct.items(), 2)
        if len(left & right) / len(left | right) >= 0.35
    ]
    assert 3 <= len(alike) <= 4, alike


def test_every_thread_is_taken_up_again_in_at_least_three_of_the_four_weeks(sampled: list[SampleNote]) -> None:
    weeks: dict[str, list[int]] = defaultdict(list)
    for note in sampled:
        for tag in note.tags or []:
            weeks[tag].append(note.day // 7)
    for thread in THREADS:
        assert len(weeks[thread]) >= 6, thread
        assert len(set(weeks[thread])) >= 3, thread


@pytest.mark.parametrize("name", PEOPLE)
def test_the_cast_comes_back(sampled: list[SampleNote], name: str) -> None:
    days = {note.day for note in sampled if name in f"{note.content} {note.context}"}
    assert len(days) >= 2
    assert len([note for note in sampled if name in note.content]) >= 3


def test_tags_are_few_and_used_again(sampled: list[SampleNote]) -> None:
    tags = Counter(tag for note in sampled for tag in note.tags or [])
    assert min(tags.values()) >= 3, "a tag that is used once or twice is a slip of the pen"
    assert all(len(note.tags or []) <= 3 for note in sampled)


@pytest.mark.parametrize(
    ("kind", "pattern", "at_least"),
    [
        ("goal", r"\bI want to\b|\bWhat I want\b|\bneed to\b|\bGoal\b", 6),
        ("cause", r"\bbecause\b", 8),
        ("learning", r"\b[Ll]earned:|[Tt]urns out", 3),
        ("decision", r"\bDecision\b", 3),
        ("question", r"\?", 8),
        ("rule", r"\bIf\b[^.]*, then\b", 2),
        ("belief found wrong", r"\b(never the (tablets|pool)|wasn't the pool|had it completely wrong)\b", 3),
        ("feeling", r"(?i)\b(furious|frightened|afraid|overjoyed|joy|cried|hate|happy|proud)\b", 10),
        ("German", r"\b(ich|Mir)\b.*\b(habe|war)\b", 2),
        ("Spanish", r"\b(hablé|por ella|espero que|se me)\b", 3),
        ("code", r"```python\n", 1),
        ("link", r"https://", 1),
        ("emoji", r"[\U0001F300-\U0001FAFF]", 1),
        ("Markdown list", r"(?m)^- ", 2),
    ],
)
def test_the_notes_are_of_many_kinds(sampled: list[SampleNote], kind: str, pattern: str, at_least: int) -> None:
    found = {note.content for note in sampled if re.search(pattern, note.content, re.DOTALL)}
    assert len(found) >= at_least, kind


def test_about_a_third_have_a_context_and_about_half_a_title(sampled: list[SampleNote]) -> None:
    assert 0.28 <= sum(note.context is not None for note in sampled) / len(sampled) <= 0.42
    assert 0.42 <= sum(note.summary is not None for note in sampled) / len(sampled) <= 0.58


def test_lengths_run_from_a_few_words_to_a_paragraph(sampled: list[SampleNote]) -> None:
    lengths = sorted(len(note.content) for note in sampled if note.part_of is None)
    assert lengths[0] < 30
    assert lengths[len(lengths) // 2] in range(100, 250)
    assert lengths[-1] in range(400, 600)


# ---- how it is spread over the days


def test_two_days_are_silent_some_hold_one_note_and_the_busiest_many(sampled: list[SampleNote]) -> None:
    a_day = Counter(note.day for note in sampled)
    assert len(set(range(28)) - set(a_day)) == 2
    assert sum(count == 1 for count in a_day.values()) >= 2
    assert max(a_day.values()) >= 15


def test_notes_are_written_while_people_are_awake_and_in_time_order(sampled: list[SampleNote]) -> None:
    minutes = [minute_of_month(note) for note in sampled]
    assert minutes == sorted(minutes)
    assert all("06:00" <= note.time.isoformat("minutes") <= "23:30" for note in sampled)


@pytest.mark.parametrize("zone", ZONES, ids=str)
def test_three_windows_of_five_minutes_hold_more_notes_than_working_memory_has_slots(zone: ZoneInfo) -> None:
    windows = Counter(at(note).timestamp() // 300 for note in month(date(2026, 5, 4), zone) if "parent_id" not in note)
    assert sum(count > 9 for count in windows.values()) >= 3


def test_there_are_clusters_of_four_to_eight_notes_within_an_hour(sampled: list[SampleNote]) -> None:
    clusters: list[list[SampleNote]] = []
    for note in sampled:
        if clusters and minute_of_month(note) - minute_of_month(clusters[-1][-1]) <= 30:
            clusters[-1].append(note)
        else:
            clusters.append([note])
    spans = [(len(found), minute_of_month(found[-1]) - minute_of_month(found[0])) for found in clusters]
    assert sum(4 <= size <= 8 and 30 <= minutes <= 60 for size, minutes in spans) >= 5


def test_the_topic_changes_in_the_middle_of_busy_half_hours(sampled: list[SampleNote]) -> None:
    changes = [
        (before, after)
        for before, after in pairwise(sampled)
        if minute_of_month(after) - minute_of_month(before) <= 15
        and before.tags
        and after.tags
        and {before.tags[0], after.tags[0]} & {"mama"}
        and not set(before.tags) & set(after.tags)
    ]
    assert len({before.day for before, _ in changes}) >= 4


def test_one_long_note_comes_in_chunks_of_one_experience() -> None:
    chunks = [note for note in month(date(2026, 5, 4), BERLIN) if "parent_id" in note]
    assert len({note["parent_id"] for note in chunks}) == 1
    assert [note["chunk_index"] for note in chunks] == list(range(1, len(chunks) + 1))
    assert {note["total_chunks"] for note in chunks} == {len(chunks)}
    assert len(chunks) in (4, 5)
    assert all(800 <= len(str(note["content"])) <= 1500 for note in chunks)
    assert at(chunks[-1]) - at(chunks[0]) < timedelta(minutes=2)


# ---- how it is laid before a date


def test_parent_is_the_same_whenever_and_wherever_the_sample_is_laid() -> None:
    one = {note["parent_id"] for note in month(date(2026, 5, 4), BERLIN) if "parent_id" in note}
    other = {note["parent_id"] for note in month(date(2031, 1, 1), ZONES[0]) if "parent_id" in note}
    assert one == other


def test_a_note_has_the_intakes_keys_no_empty_ones_and_no_id() -> None:
    for note in month(date(2026, 5, 4), BERLIN):
        assert {"content", "created_at"} <= set(note) <= INTAKE_KEYS
        assert None not in note.values()
        assert ("parent_id" in note) == ("chunk_index" in note) == ("total_chunks" in note)


@pytest.mark.parametrize(
    ("until", "last_sunday"),
    [
        (date(2026, 5, 4), date(2026, 5, 3)),  # a Monday: yesterday is over
        (date(2026, 5, 9), date(2026, 5, 3)),
        (date(2026, 5, 10), date(2026, 5, 3)),  # a Sunday isn't over when it begins
    ],
)
def test_the_month_ends_on_the_last_sunday_that_is_over(until: date, last_sunday: date) -> None:
    assert at(month(until, BERLIN)[-1]).date() == last_sunday


@given(until=st.dates(date(2015, 1, 1), date(2037, 12, 31)), zone=st.sampled_from(ZONES))
def test_nothing_is_in_the_future_and_every_note_is_at_its_wall_time(until: date, zone: ZoneInfo) -> None:
    placed = month(until, zone)
    begins = datetime(until.year, until.month, until.day, tzinfo=zone)
    monday = at(placed[0]).date()
    assert monday.weekday() == 0
    assert timedelta(days=28) <= until - monday <= timedelta(days=34)
    for note, written in zip(placed, notes(), strict=True):
        moment = at(note)
        assert moment.timestamp() < begins.timestamp()
        assert moment.date() == monday + timedelta(days=written.day)
        assert moment.time().replace(second=0) == written.time
        assert moment.utcoffset() == moment.replace(tzinfo=None).replace(tzinfo=zone).utcoffset()
    instants = [at(note).astimezone(UTC) for note in placed]
    assert all(earlier < later for earlier, later in pairwise(instants))


@pytest.mark.parametrize(
    ("until", "first_offset", "last_offset"),
    [(date(2026, 4, 13), 1, 2), (date(2026, 11, 9), 2, 1), (date(2026, 7, 6), 2, 2)],
    ids=["clock goes forward", "clock goes back", "no change"],
)
def test_a_clock_change_within_the_month_moves_the_offset_and_not_the_wall_time(
    until: date, first_offset: int, last_offset: int
) -> None:
    placed = month(until, BERLIN)
    assert at(placed[0]).utcoffset() == timedelta(hours=first_offset)
    assert at(placed[-1]).utcoffset() == timedelta(hours=last_offset)
    assert (at(placed[0]).time(), at(placed[-1]).time()) == (notes()[0].time, notes()[-1].time)


# ---- the file


def test_the_file_holds_the_month_one_note_a_line(tmp_path: Path) -> None:
    path = tmp_path / "not" / "there" / "sample.jsonl"
    written = write_sample(path, date(2026, 5, 4), BERLIN)
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == month(date(2026, 5, 4), BERLIN)
    assert written == len(lines)
    assert [found.name for found in path.parent.iterdir()] == ["sample.jsonl"]


def test_a_second_run_keeps_the_first_runs_file(tmp_path: Path) -> None:
    path = tmp_path / "sample.jsonl"
    first = write_sample(path, date(2026, 5, 4), BERLIN)
    before = path.read_bytes()
    assert write_sample(path, date(2027, 1, 1), ZONES[0]) == first
    assert path.read_bytes() == before


def test_a_file_that_is_there_is_counted_and_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "sample.jsonl"
    path.write_text('{"content": "mine"}\n\n', encoding="utf-8")
    assert write_sample(path, date(2026, 5, 4), BERLIN) == 1
    assert path.read_text(encoding="utf-8") == '{"content": "mine"}\n\n'


def test_a_write_that_breaks_off_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_space(_: int) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("include.formats.os.fsync", no_space)
    with pytest.raises(OSError, match="no space left"):
        write_sample(tmp_path / "sample.jsonl", date(2026, 5, 4), BERLIN)
    assert list(tmp_path.iterdir()) == []
