"""Where and when a memory took place, how long it lasted, what was at hand (hippocampal place and time cells)."""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from typing import Literal, NamedTuple, cast

from include.embedded_model import entities, phrasings, wordlists
from include.embedded_model.analysis import Analysis, Sentence
from include.embedded_model.intentions import clause
from include.embedded_model.words import words_of

PlaceFrame = Literal["egocentric", "allocentric", "virtual", "unknown"]
TimeOfDay = Literal["night", "morning", "midday", "afternoon", "evening", "unknown"]

MAXIMUM_OBJECTS = 10
LONGEST_DURATION = 60.0 * 24 * 366
"""Minutes; what is longer is an age, not a duration."""

_NUMBERS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60,
    "half": 0.5, "several": 4, "couple": 2, "few": 3,
    "ein": 1, "eine": 1, "einer": 1, "einen": 1, "zwei": 2, "drei": 3, "vier": 4, "fünf": 5, "zehn": 10, "zwanzig": 20,
    "dreissig": 30, "dreißig": 30, "halbe": 0.5,
}  # fmt: skip
_MINUTES = {
    "min": 1, "mins": 1, "minute": 1, "minutes": 1, "minuten": 1, "h": 60, "hr": 60, "hrs": 60, "hour": 60, "hours": 60,
    "stunde": 60, "stunden": 60, "day": 1440, "days": 1440, "tag": 1440, "tage": 1440, "tagen": 1440, "week": 10080,
    "weeks": 10080, "woche": 10080, "wochen": 10080, "month": 43200, "months": 43200, "monat": 43200, "monate": 43200,
}  # fmt: skip
_AMOUNT = r"\d{1,6}(?:[.,]\d{1,3})?|" + "|".join(_NUMBERS)
_UNIT = "|".join(sorted(_MINUTES, key=len, reverse=True))
_LASTED = re.compile(
    r"\b(?:for|spent|took|takes|lasted|lasts|over|about|nearly|almost|für|dauerte|lang|(?:in|within)(?=\s+\d))\s+"
    r"(?:about |around |almost |nearly |over |the (?:last|past|next) |another |only |just |etwa |fast |rund )?"
    rf"(?P<amount>{_AMOUNT})(?: and a half)?(?: of| an?)?[\s-]?(?P<unit>{_UNIT})\b(?: and a half)?(?! ago\b)",
    re.IGNORECASE,
)
_LONG = re.compile(
    rf"\b(?P<amount>{_AMOUNT})[\s-](?P<unit>minute|hour|day|week|month|minuten|stunden)[\s-]"
    r"(?:long|walk|drive|ride|run|call|meeting|flight|hike|trip|talk|nap|break|session|class|workout|swim|"
    r"gespräch|fahrt)\b",
    re.IGNORECASE,
)


class Thing(NamedTuple):
    """An object at hand and what it lets one do (Gibson's affordance)."""

    name: str
    affordance: str | None


# --- place ------------------------------------------------------------------------------------------------------------


def place(analysis: Analysis) -> tuple[str | None, PlaceFrame]:
    """The first place named and how it is seen: from oneself, on a map, or on a screen."""
    from_oneself = any(phrasings.SEEN_FROM_ONESELF.search(sentence.text) for sentence in analysis.sentences)
    physical = entities.places(analysis)
    if physical:
        return physical[0], "egocentric" if from_oneself else "allocentric"
    virtual = _virtual_place(analysis)
    if virtual:
        return virtual, "virtual"
    return None, "egocentric" if from_oneself and not analysis.technical else "unknown"


@lru_cache(maxsize=1)
def _virtual_index() -> wordlists.PhraseIndex[str]:
    shown = wordlists.table("virtual_places").items()
    return wordlists.PhraseIndex(([word.base for word in words_of(form)], name[0]) for form, name in shown)


def _virtual_place(analysis: Analysis) -> str | None:
    """What one works in on a screen, when the note says "in the …", "on …", "from the …"."""
    tools = {name.casefold(): name for name in entities.tools(analysis) if name not in wordlists.group("languages")}
    for sentence in analysis.sentences:
        words = sentence.words
        for start, _, name in _virtual_index().find_apart([word.base for word in words]):
            before = {word.lower for word in words[max(0, start - 3) : start]}
            if before & {"in", "on", "from", "at", "via", "over", "into", "im", "am"}:
                return name
        for before_word, word in pairwise(words):
            if word.base in tools and before_word.lower in {"in", "on", "inside", "via", "from", "within"}:
                return tools[word.base]
    return None


# --- time -------------------------------------------------------------------------------------------------------------


def time_of_day(analysis: Analysis, now: datetime | None) -> TimeOfDay:
    """What the text says ("this morning", "at 3pm"), else the hour at which it was saved."""
    if not analysis.technical:
        for sentence in analysis.sentences:
            for part, pattern in phrasings.PARTS_OF_DAY.items():
                if pattern.search(sentence.plain):
                    return cast("TimeOfDay", part)
            hour = _hour_said(sentence.plain)
            if hour is not None:
                return part_of_day(hour)
    return part_of_day(now.hour) if now else "unknown"


def _hour_said(text: str) -> int | None:
    clock = phrasings.CLOCK.search(text)
    if not clock or not (clock.group(2) or clock.group(3)):
        return None
    hour = int(clock.group(1)) % 24
    return hour + 12 if (clock.group(3) or "").lower().startswith("p") and hour < 12 else hour


def part_of_day(hour: int) -> TimeOfDay:
    """The part of the day of an hour 0 to 23."""
    if hour < 5 or hour >= 22:
        return "night"
    if hour < 11:
        return "morning"
    if hour < 14:
        return "midday"
    return "afternoon" if hour < 18 else "evening"


def duration_minutes(analysis: Analysis) -> float | None:
    """Minutes the longest stated duration takes; None when none is stated."""
    if analysis.technical:
        return None
    stated = [
        _minutes(match)
        for sentence in analysis.sentences
        for pattern in (_LASTED, _LONG)
        for match in pattern.finditer(sentence.plain)
    ]
    return max((minutes for minutes in stated if 0 < minutes <= LONGEST_DURATION), default=None)


def _minutes(match: re.Match[str]) -> float:
    amount = match.group("amount").lower()
    value = float(_NUMBERS[amount]) if amount in _NUMBERS else float(amount.replace(",", "."))
    value += 0.5 if "and a half" in match.group().lower() else 0.0
    return round(value * _MINUTES[match.group("unit").lower()], 4)


# --- things -----------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _object_index() -> wordlists.PhraseIndex[str]:
    entries: list[tuple[list[str], str]] = []
    for name in wordlists.table("objects"):
        words = [word.base for word in words_of(name)]
        entries += [(words, name), ([*words[:-1], words[-1] + "s"], name)]
    return wordlists.PhraseIndex(entries)


def things(analysis: Analysis) -> tuple[Thing, ...]:
    """Objects at hand, with their use: what the note says it is, else what the thing is commonly for."""
    found: dict[str, Thing] = {}
    for sentence in analysis.sentences:
        for match in phrasings.USED_FOR.finditer(sentence.text):
            said = " ".join(match.group("thing").split())
            name = _known_thing(said) or (said if said in analysis.parts.terms else None)
            purpose = clause(match.group("purpose"), 10)
            if name and purpose:
                found.setdefault(name.casefold(), Thing(name, purpose))
    if not analysis.technical and analysis.language == "en":
        for sentence in analysis.sentences:
            for start, end, name in _object_index().find_apart([word.base for word in sentence.words]):
                if _is_a_thing(sentence, start, end):
                    found.setdefault(name.casefold(), Thing(name, wordlists.table("objects")[name][0] or None))
    return tuple(found.values())[:MAXIMUM_OBJECTS]


def _known_thing(name: str) -> str | None:
    known = _object_index().find([word.base for word in words_of(name)])
    return next((thing for _, _, thing in known), None)


def _is_a_thing(sentence: Sentence, start: int, end: int) -> bool:
    """Whether a word is used as a thing and not as a verb ("saw") or a name ("Key West")."""
    words = sentence.words
    if any(word.capital for word in words[max(1, start) : end]):
        return False
    plural = words[end - 1].base.endswith("s") and end - start == 1
    determined = start > 0 and words[start - 1].lower in wordlists.group("before_thing")
    return plural or determined or sentence.kind == "item"
