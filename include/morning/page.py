"""A morning as it is read: from what is served, as text, Markdown, HTML or data, each line with its notes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from psycopg.rows import dict_row

from include.errors import CodexError
from include.intake.markdown import DERIVED
from include.morning.phrases import PHRASES, Phrases
from include.reading.latest import published
from include.reading.open_items import OWNER
from include.settings import Language, settings

if TYPE_CHECKING:
    import psycopg

LONGEST = 300
"""Characters of a line; what is longer is cut between words."""
SHORT_ID = 8
"""Characters by which a note is named in a line; commands take them."""

_MORNING = """
    SELECT morning, written_at, items FROM codex_processed.mornings
    WHERE %(day)s::date IS NULL OR morning = %(day)s ORDER BY morning DESC LIMIT 1
"""
_NOTES = """
    SELECT memory_id, created_at, coalesce(nullif(summary, ''), left(content, 90)) AS title
    FROM codex_processed.memory_index WHERE memory_id = ANY (%(ids)s)
"""


@dataclass(frozen=True)
class Note:
    """A note that a line rests on."""

    memory_id: str
    created_at: datetime
    title: str


@dataclass(frozen=True)
class Line:
    """Something that the morning tells: in the owner's words, what is said beside it, and its notes."""

    kind: str
    text: str
    beside: str
    notes: tuple[Note, ...]
    detail: dict[str, Any]
    item_id: str | None = None
    """The statement that it tells, by which the owner speaks of it; None of mornings before that was kept."""


@dataclass(frozen=True)
class Morning:
    """A morning's lines, the most important first. `day` is the owner's local date."""

    day: date
    written_at: datetime
    lines: tuple[Line, ...]
    language: Language

    @property
    def phrases(self) -> Phrases:
        """The words of its language."""
        return PHRASES[self.language]

    @property
    def title(self) -> str:
        """Its greeting, with the weekday and the date."""
        return f"{self.phrases.title} · {self.phrases.weekdays[self.day.weekday()]}, {self.day.isoformat()}"

    def sections(self) -> Iterator[tuple[str, list[Line]]]:
        """Headings, each with its lines."""
        for kind, lines in groupby(self.lines, key=lambda line: line.kind):
            yield self.phrases.headings.get(kind, kind), list(lines)


def morning_of(store: psycopg.Connection[Any], day: date | None = None) -> Morning | None:
    """The morning of a day, or the last one there was, in the owner's time and language; None where there is none.

    A note that is gone takes along what is told of it alone. Raises CodexError where nothing was published.
    """
    zone, language = settings().zone, settings().codex_language
    with store.cursor(row_factory=dict_row) as cursor, published():
        row = cursor.execute(_MORNING, {"day": day}).fetchone()
        if row is None:
            return None
        named = {memory for item in row["items"] for memory in item["memory_ids"]}
        notes = {
            str(found["memory_id"]): Note(str(found["memory_id"]), found["created_at"], found["title"])
            for found in cursor.execute(_NOTES, {"ids": sorted(named)})
        }
    lines = tuple(line for item in row["items"] if (line := _line(item, notes, zone, PHRASES[language])) is not None)
    return Morning(row["morning"], row["written_at"], lines, language)


def mornings_before(store: psycopg.Connection[Any], day: date | None, most: int = 14) -> list[date]:
    """The days of the mornings before a day, the latest first."""
    with published():
        rows = store.execute(
            "SELECT morning FROM codex_processed.mornings WHERE morning < %s ORDER BY morning DESC LIMIT %s",
            [day, most],
        ).fetchall()
    return [row[0] for row in rows]


def as_data(morning: Morning) -> dict[str, Any]:
    """For programs: `morning`, `written_at`, `items` with `kind`, `text`, `detail` and `memory_ids`."""
    return {
        "morning": morning.day,
        "written_at": morning.written_at,
        "items": [
            {
                "kind": line.kind,
                "id": line.item_id,
                "text": line.text,
                "detail": line.detail,
                "memory_ids": [note.memory_id for note in line.notes],
            }
            for line in morning.lines
        ],
    }


def as_text(morning: Morning) -> str:
    """Plain text: a line an item, its notes by date and short id."""
    parts = [morning.title]
    if not morning.lines:
        parts.append(morning.phrases.nothing)
    for heading, lines in morning.sections():
        listed = (
            f"  • {line.text}"
            + (f" ({line.beside})" if line.beside else "")
            + "".join(f"\n      {note.created_at:%Y-%m-%d} {note.memory_id[:SHORT_ID]}" for note in line.notes[:3])
            for line in lines
        )
        parts.append("\n".join([heading, *listed]))
    return "\n\n".join(parts) + "\n"


def as_markdown(morning: Morning) -> str:
    """A daily note: headings, items, and the notes that each rests on, quoted by date and title."""
    parts = [f"---\n{DERIVED}: morning\n---\n\n# {morning.title}"]
    if not morning.lines:
        parts.append(morning.phrases.nothing)
    for heading, lines in morning.sections():
        listed = (
            f"- {_plain(line.text)}"
            + (f" *({_plain(line.beside)})*" if line.beside else "")
            + "".join(
                f"\n    - {note.created_at:%Y-%m-%d} · {_plain(note.title)} `{note.memory_id[:SHORT_ID]}`"
                for note in line.notes[:5]
            )
            for line in lines
        )
        parts.append("\n".join([f"## {heading}\n", *listed]))
    return "\n\n".join(parts) + "\n"


def as_html(morning: Morning) -> str:
    """The body of a letter; everything that comes from notes is escaped."""
    parts = [f"<h1>{escape(morning.title)}</h1>"]
    if not morning.lines:
        parts.append(f"<p>{escape(morning.phrases.nothing)}</p>")
    for heading, lines in morning.sections():
        listed = "".join(
            f"<li>{escape(line.text)}"
            + (f" <small>({escape(line.beside)})</small>" if line.beside else "")
            + "".join(
                f"<br><small>{note.created_at:%Y-%m-%d} · {escape(note.title)}</small>" for note in line.notes[:3]
            )
            + "</li>"
            for line in lines
        )
        parts.append(f"<h2>{escape(heading)}</h2><ul>{listed}</ul>")
    return "\n".join(parts)


def _line(item: dict[str, Any], notes: dict[str, Note], zone: ZoneInfo, phrases: Phrases) -> Line | None:
    resting_on = sorted(
        (notes[memory] for memory in dict.fromkeys(item["memory_ids"]) if memory in notes),
        key=lambda note: (note.created_at, note.memory_id),
    )
    if item["memory_ids"] and not resting_on:
        return None
    detail: dict[str, Any] = item["detail"]
    text = _shortened(item["text"])
    if item["kind"] == "thread":
        text = f"{_shortened(detail['title'])}: {text}"
    elif item["kind"] == "health":
        text = phrases.failed.format(count=item["text"])
    local = tuple(Note(note.memory_id, note.created_at.astimezone(zone), note.title) for note in resting_on)
    beside = _beside(item["kind"], detail, local, zone, phrases)
    return Line(item["kind"], text, beside, local, detail, item.get("item_id"))


def _beside(kind: str, detail: dict[str, Any], notes: tuple[Note, ...], zone: ZoneInfo, phrases: Phrases) -> str:
    """What is said beside the owner's words: to whom, since when, what it was before."""
    said: list[str] = []
    if kind in {"due", "late"}:
        if detail.get("to_whom"):
            said.append(f"{phrases.to} {detail['to_whom']}")
        if detail.get("who") not in {None, "", OWNER}:
            said.append(f"{phrases.by} {detail['who']}")
        if kind == "late":
            said.append(f"{phrases.was_due} {detail['due_date']}")
        elif clock := _clock(detail.get("due_at"), zone):
            said.append(f"{phrases.at} {clock}")
    elif kind == "clash":
        said.append(f"{phrases.clashes_with} {_shortened(detail['other'])}")
        if clock := _clock(detail.get("due_at"), zone):
            said.append(f"{phrases.at} {clock}")
    elif kind == "thread":
        said.append(f"{detail['members']} {phrases.notes}")
    elif kind == "changed":
        said.append(f"{phrases.before} {_shortened(detail['before'])}")
        if detail.get("why"):
            said.append(f"{phrases.because} {_shortened(detail['why'])}")
    elif kind == "question":
        said.append(phrases.settle)
    elif kind == "fading" and notes:
        said.append(
            f"{phrases.last_seen} {notes[0].created_at:%Y-%m-%d}; {phrases.keep} {notes[0].memory_id[:SHORT_ID]}"
        )
    return ", ".join(said)


def _clock(due_at: str | None, zone: ZoneInfo) -> str:
    """The local time of day of an instant; empty for a day without a time."""
    if not due_at:
        return ""
    local = datetime.fromisoformat(due_at.replace(" ", "T", 1)).astimezone(zone)
    return f"{local:%H:%M}"


def _shortened(text: str) -> str:
    words = " ".join(text.split())
    if len(words) <= LONGEST:
        return words
    return words[:LONGEST].rsplit(" ", 1)[0] + " …"


def _plain(text: str) -> str:
    """The owner's words as Markdown that means only itself."""
    return "".join(f"\\{sign}" if sign in "\\`*_[]<>#" else sign for sign in text)


def day_given(text: str) -> date:
    """A day as it is written on the command line. Raises CodexError for what is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CodexError(f"{text!r} is no day: give one such as 2026-03-09.") from None
