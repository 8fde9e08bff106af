"""The demo's sample month: 165 notes of Nora Lindhof, who is invented, as are all people and organisations in them.

`month.jsonl` holds them in time order, placed by `day` (0 is Monday of week 1, 27 is Sunday of week 4) and local
`time`, so that the month can be laid before any date. Three notes repeat an earlier one word for word, three windows
of five minutes hold more notes than working memory has slots, and one letter comes in five chunks.
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from include.formats import write_whole

DAYS = 28
"""Four whole weeks."""

NAMESPACE = UUID("5f0c4b1e-6c1d-4f0a-9a53-2f6b5f1f7d28")
"""Makes the `parent_id` of a note in chunks; fixed, so that a second load finds the same note."""

NOTES = Path(__file__).with_name("month.jsonl")


class SampleNote(BaseModel):
    """One line of `month.jsonl`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    day: Annotated[int, Field(ge=0, lt=DAYS)]
    time: time
    content: Annotated[str, Field(min_length=1)]
    context: str | None = None
    summary: str | None = None
    tags: list[str] | None = None
    part_of: str | None = None
    chunk_index: Annotated[int, Field(ge=1)] | None = None
    total_chunks: Annotated[int, Field(ge=2)] | None = None


def notes() -> list[SampleNote]:
    """Return the sample as it is written, in time order."""
    with NOTES.open(encoding="utf-8") as lines:
        return [SampleNote.model_validate_json(line) for line in lines]


def first_day(until: date) -> date:
    """Return the Monday the month begins on: 28 days before the latest Monday that is not after `until`."""
    return until - timedelta(days=until.weekday() + DAYS)


def month(until: date, zone: ZoneInfo) -> list[dict[str, object]]:
    """Return the notes as our JSON Lines intake takes them, in time order; a key without a value is absent.

    `created_at` is ISO 8601 with the offset that `zone` has at that wall time. Day 27 is the last Sunday that is over
    when `until` begins, so that nothing lies in the future on that day. Notes of the same minute are spread evenly
    over it, which keeps their order without a tie.
    """
    monday = first_day(until)
    sample = notes()
    in_minute = Counter((note.day, note.time) for note in sample)
    seen: Counter[tuple[int, time]] = Counter()
    placed: list[dict[str, object]] = []
    for note in sample:
        minute = (note.day, note.time)
        second = 60 * seen[minute] // in_minute[minute]
        seen[minute] += 1
        placed.append(_intake(note, _instant(monday + timedelta(days=note.day), note.time, zone, second)))
    return placed


def write_sample(path: Path, until: date, zone: ZoneInfo) -> int:
    """Write the month to `path` as JSON Lines and return how many notes the file holds.

    A file that is there stays as it is: the demo's second run loads the same notes. The file appears complete or not
    at all; missing folders are made.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, "".join(json.dumps(note, ensure_ascii=False) + "\n" for note in month(until, zone)))
    with path.open(encoding="utf-8") as lines:
        return sum(1 for line in lines if line.strip())


def _instant(day: date, wall: time, zone: ZoneInfo, second: int) -> datetime:
    # By way of UTC, so that a wall time that a clock change leaves out gets the offset of the instant it means.
    local = datetime.combine(day, wall, tzinfo=zone).astimezone(UTC)
    return (local + timedelta(seconds=second)).astimezone(zone)


def _intake(note: SampleNote, created_at: datetime) -> dict[str, object]:
    record: dict[str, object] = {"content": note.content, "created_at": created_at.isoformat()}
    record |= note.model_dump(include={"context", "summary", "tags", "chunk_index", "total_chunks"}, exclude_none=True)
    if note.part_of is not None:
        record["parent_id"] = str(uuid5(NAMESPACE, note.part_of))
    return record
