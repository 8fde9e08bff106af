"""Questions about promises and changes of mind: answered by the commitments and changes that are kept, with dates."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import psycopg

from include.embedded_model.words import language_of, words_of
from include.reading import open_items
from include.search.candidates import Filters

Intent = Literal["commitments", "changes"]
MOST = 10
"""Items that are told."""
READ = 500
"""Items that are looked through for the words of the question."""

_INTENTS: dict[Intent, re.Pattern[str]] = {
    "commitments": re.compile(
        r"\bwhat (?:did|have|do|had) (?:i|we) (?:still )?(?:promised?|owed?|commit(?:ted)? to|agreed? to do)\b"
        r"|\bwhat (?:are|were) my (?:promises|commitments)\b|\bwhat(?: is|'s) (?:still )?(?:open|due|overdue|late)\b"
        r"|\bwhat did [A-Z]\w+ promise\b"
        r"|\bwas habe? ich (?:\w+ ){0,3}(?:versprochen|zugesagt)\b|\bwas schulde ich\b"
        r"|\bwas ist (?:noch )?(?:offen|fällig)\b",
        re.IGNORECASE,
    ),
    "changes": re.compile(
        r"\b(?:what|when|why) (?:has |have |did )?(?:i )?changed? my mind\b|\bwhat did i change my mind (?:about|on)\b"
        r"|\bwhat (?:has )?changed my mind\b|\bwhere did i change my mind\b"
        r"|\bwor(?:über|in) habe? ich meine meinung geändert\b|\bwas hat meine meinung geändert\b",
        re.IGNORECASE,
    ),
}
_ASKING = re.compile(
    r"\b(?:promised?|promises|owed?|committed?|commitments?|agreed?|open|due|overdue|late|still|changed?|mind|opinions?"
    r"|versprochen|zugesagt|schulde|offen|fällig|meinung|geändert|habe)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Kept:
    """One item as a sentence, and its notes."""

    text: str
    notes: tuple[UUID, ...]


def intents(text: str) -> tuple[Intent, ...]:
    """What kept things a question asks for; none for most questions."""
    found = [intent for intent, pattern in _INTENTS.items() if pattern.search(text)]
    # "What did I promise, and what changed?"
    if found == ["commitments"] and re.search(r"\band what (?:has )?changed\b", text, re.IGNORECASE):
        found.append("changes")
    return tuple(found)


def answer(
    store: psycopg.Connection[Any], text: str, asked: Sequence[Intent], now: datetime, filters: Filters
) -> list[Kept]:
    """The items that are asked for, those with the words of the question; [] where there is none."""
    told: list[Kept] = []
    about = _about(text)
    if "commitments" in asked:
        told += [
            Kept(_promise(row), _ids(row["opened_by"], row["closed_by"]))
            for row in open_items.commitments(store, limit=READ, closed=not _ONLY_OPEN.search(text))
            if _within(row["opened_at"], filters)
            and _is_about(about, row["what"], row["to_whom"], row["who"], row["said"])
        ][:MOST]
    if "changes" in asked:
        told += [
            Kept(_change(row, now), _ids(row["earlier_id"], row["later_id"]))
            for row in open_items.changes(store, limit=READ)
            if _within(row["changed_at"], filters) and _is_about(about, row["before"], row["after"], row["why"])
        ][:MOST]
    return told


_ONLY_OPEN = re.compile(r"\b(?:open|due|overdue|late|still|owe|offen|fällig|noch|schulde)\b", re.IGNORECASE)


def _ids(*given: UUID | None) -> tuple[UUID, ...]:
    return tuple(dict.fromkeys(one for one in given if one is not None))


def _within(at: datetime, filters: Filters) -> bool:
    return (filters.since is None or at >= filters.since) and (filters.until is None or at < filters.until)


def _about(text: str) -> frozenset[str]:
    """The stems of what the question is about, beyond that it asks for promises or changes."""
    rest = _ASKING.sub(" ", text)
    return frozenset(word.stem for word in words_of(rest, language_of(text)) if not word.grammatical)


def _is_about(about: frozenset[str], *texts: str | None) -> bool:
    if not about:
        return True
    joined = " ".join(text for text in texts if text)
    return bool(about & {word.stem for word in words_of(joined, language_of(joined))})


def _promise(row: dict[str, Any]) -> str:
    who = "" if row["who"] == open_items.OWNER else f"{row['who']}: "
    to_whom = row["to_whom"]
    towards = f" (for {'you' if to_whom == open_items.OWNER else to_whom})" if to_whom else ""
    due = f", due {row['due_date']:%Y-%m-%d}" if row["due_date"] else ""
    closed = f" on {row['closed_at']:%Y-%m-%d}" if row["closed_at"] else ""
    return f"{who}{row['what']}{towards}{due}: {row['state']}{closed}"


def _change(row: dict[str, Any], now: datetime) -> str:
    changed = row["changed_at"].astimezone(now.tzinfo)
    why = f", because {row['why']}" if row["why"] else ""
    return f"Since {changed:%Y-%m-%d}: {row['after']} (before: {row['before']}){why}"
