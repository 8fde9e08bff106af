"""Importance and urgency of a memory, which decide its attention."""

from __future__ import annotations

import math
import re
from datetime import datetime
from functools import lru_cache
from typing import Any

from include.embedded_model import entities, phrasings
from include.embedded_model.analysis import Analysis, calendar_words
from include.embedded_model.feeling import Feeling
from include.embedded_model.wordlists import group

_NUMBER = re.compile(r"(?<![\w.])[$€£]?\d[\d.,:]*%?(?![\w])")


def _some(count: float, half: float) -> float:
    """0 for none, one half at `half`, towards 1 for many."""
    return count / (count + half)


def importance(analysis: Analysis, feeling: Feeling) -> float:
    """0 to 1: what changes how one acts (decisions, promises, lessons, people, figures, stakes) against small talk.

    The weights are ours (engineering choices), set so that ordinary notes spread around one half.
    """
    words = len(analysis.words)
    if words == 0:
        return 0.25 if analysis.parts.code else 0.1
    return round(1.0 / (1.0 + math.exp(-(1.35 * (_evidence(analysis, feeling) - _idle(analysis)) - 1.75))), 4)


def _evidence(analysis: Analysis, feeling: Feeling) -> float:
    """What speaks for a note."""
    cues = analysis.cues
    everyday = 0.0 if analysis.technical else 1.0
    substance = [word for word in analysis.words if not word.grammatical]
    rarity = sum(word.rarity for word in substance) / len(substance) if substance else 0.0
    first_person = sum(word.lower in group("first_person") for word in analysis.words)
    figures = sum(len(_NUMBER.findall(sentence.plain)) for sentence in analysis.sentences)
    others = [name for name in entities.people(analysis) if name != analysis.speaker]
    named = len(others) + len(entities.organisations(analysis)) + len(entities.places(analysis))
    return (
        1.20 * _some(cues.get("decision", 0), 0.6)
        + 1.10 * _some(cues.get("learning", 0), 0.6)
        + (0.25 + 0.85 * everyday) * _some(cues.get("commitment", 0), 0.7)
        + 1.30 * everyday * _some(cues.get("stakes", 0), 0.6)
        + (0.40 + 0.20 * everyday) * _some(cues.get("generality", 0), 1.0)
        + (0.40 + 0.20 * everyday) * _some(cues.get("explanation", 0), 1.5)
        + 0.45 * _some(cues.get("trouble", 0), 1.5)
        + 0.50 * _some(cues.get("urgent", 0), 0.5)
        + 0.50 * everyday * _some(named, 1.5)
        + 0.40 * _some(figures, 2.0)
        + 0.30 * _some(first_person, 3.0)
        + 0.60 * everyday * feeling.arousal
        + 0.75 * _some(len(analysis.words), 35.0)
        + 0.40 * min(1.0, max(0.0, (rarity - 1.6) / 1.4))
        + 0.10 * bool(analysis.tags)
    )


def _idle(analysis: Analysis) -> float:
    """What speaks against it: small talk (by its share, one "thanks" in a long note is none), questions, brevity."""
    words = len(analysis.words)
    asked = sum(sentence.asks for sentence in analysis.sentences) / max(1, len(analysis.sentences))
    return (
        0.95 * analysis.share_with("chatter") * (1.0 if words < 40 else 0.6)
        + 0.70 * asked
        + 0.30 * _some(analysis.cues.get("hedge", 0), 2.0)
        + 0.80 * max(0.0, 1.0 - words / 12)
    )


def deadline_in_days(analysis: Analysis, now: datetime | None) -> float | None:
    """Days (at least 0) from `now` to the nearest date something is due by; None without one, or without a clock."""
    if now is None:
        return None
    found = [
        _days_to(" ".join(due.group(1).split()), analysis.language, now)
        for sentence in analysis.sentences
        for due in phrasings.DUE.finditer(sentence.plain)
        if any(_may_date(word) for word in due.group(1).split())
    ]
    return min((days for days in found if days is not None), default=None)


def _may_date(word: str) -> bool:
    clean = word.strip(".,").lower()
    return clean in calendar_words() or bool(phrasings.DATE_WORD.match(clean))


@lru_cache(maxsize=1)
def _date_parser() -> Any:
    from dateparser.date import DateDataParser

    return DateDataParser


@lru_cache(maxsize=512)
def _days_to(words: str, language: str, now: datetime) -> float | None:
    """Days to the longest start of `words` that is a date not before `now`."""
    parser = _date_parser()(
        languages=[language], settings={"RELATIVE_BASE": now, "PREFER_DATES_FROM": "future", "TIMEZONE": "UTC"}
    )
    parts = words.split()
    for size in range(len(parts), 0, -1):
        try:
            found = parser.get_date_data(" ".join(parts[:size])).date_obj
        except OverflowError:  # a date after the year 9999
            continue
        if found is not None:
            days = (found.replace(tzinfo=None) - now).total_seconds() / 86400
            return round(max(0.0, days), 4) if days > -1 else None
    return None


def urgency(analysis: Analysis, feeling: Feeling, now: datetime | None) -> float:
    """0 to 1: how soon something wants doing, by deadlines, warnings and things left to do.

    Independent grounds combine as 1 minus the product of what each leaves (noisy-OR).
    """
    cues = analysis.cues
    everyday = 0.35 if analysis.technical else 1.0
    days = deadline_in_days(analysis, now)
    open_boxes = sum(sentence.done is False for sentence in analysis.sentences)
    due_soon = bool(cues.get("soon")) and bool(cues.get("due") or cues.get("commitment"))
    grounds = (
        0.0 if days is None else (0.75 * math.exp(-days / 9.0) + 0.1) * everyday,
        0.95 * _some(cues.get("urgent", 0), 0.3) * (0.2 if analysis.technical else 1.0),
        0.42 * _some(cues.get("due", 0), 0.6) * everyday,
        0.25 * due_soon * everyday,
        0.10 * bool(cues.get("soon")) * everyday,
        0.30 * _some(open_boxes, 1.0),
        0.22 * _some(cues.get("trouble", 0), 1.5) * (0.7 if analysis.technical else 1.0),
        0.12 * _some(cues.get("commitment", 0), 1.0) * everyday,
        0.15 * feeling.arousal,
        0.08 * _some(cues.get("generality", 0), 1.0),
    )
    return round(1.0 - 0.95 * math.prod(1.0 - min(0.95, ground) for ground in grounds), 4)
