"""Whether notes hold what a sentence says of them: every number, every date, every name.

What a language model makes up is mostly of these three, and they are what a reader takes home. The check is strict, so
that it errs by dropping: a number that was added up, or a name that the notes only imply, is not in them. What it can't
see is a wrong relation between right words ("Anna told Ben" for "Ben told Anna").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from include.embedded_model import wordlists
from include.embedded_model.dates import MONTHS, WEEKDAYS, dates_in
from include.embedded_model.words import WORD, language_of, words_of, zipf
from include.search.question import Day, days_in

_DIGITS = re.compile(r"\d+(?:[.,:]\d+)*")
_THOUSANDS = re.compile(r"(?<=\d)[.,](?=\d{3}(?:\D|$))")
_NUMBER_WORDS = {
    word: number
    for number, words in enumerate(
        (
            "zero null", "", "two zwei", "three drei", "four vier", "five fünf", "six sechs", "seven sieben",
            "eight acht", "nine neun", "ten zehn", "eleven elf", "twelve zwölf", "thirteen dreizehn",
            "fourteen vierzehn", "fifteen fünfzehn", "sixteen sechzehn", "seventeen siebzehn", "eighteen achtzehn",
            "nineteen neunzehn",
        )
    )
    for word in words.split()
} | {
    word: 10 * number
    for number, words in enumerate(
        (
            "twenty zwanzig", "thirty dreißig", "forty vierzig", "fifty fünfzig", "sixty sechzig", "seventy siebzig",
            "eighty achtzig", "ninety neunzig", "hundred hundert",
        ),
        start=2,
    )
    for word in words.split()
} | {"thousand": 1000, "tausend": 1000, "million": 10**6, "dozen": 12, "dutzend": 12}  # fmt: skip
"""Without "one" and "ein", which are articles, too."""
UNKNOWN_WORD = 3.3
"""At the start of a sentence, where every word has a capital, a word is a name if it is rarer than this (Zipf)."""

_MONTHS = {word: month for word, month in MONTHS.items() if len(word) > 3 or word in {"may", "mai"}}
"""Not "jan", "mar", "sep": they are names, too."""
_GERMAN_DAY = re.compile(
    rf"\b(?P<day>\d{{1,2}})\.\s*(?:(?P<month>\d{{1,2}})\.|(?P<name>{'|'.join(_MONTHS)})\b)\s*(?P<year>(?:19|20)\d\d)?",
    re.IGNORECASE,
)
_MONTH = re.compile(rf"\b(?:{'|'.join(sorted(_MONTHS, key=len, reverse=True))})\b", re.IGNORECASE)
_PAST = re.compile(
    r"\b(?P<yesterday>yesterday|last night|gestern)\b|\b(?P<before>the day before yesterday|vorgestern)\b"
    r"|\b(?P<last>last|letzte[nrs]?|vorige[nrs]?|vergangene[nrs]?) (?P<weekday>" + "|".join(WEEKDAYS) + r")\b"
    r"|\b(?P<ago>\d{1,3}|two|three|four|five|six|zwei|drei|vier|fünf|sechs) (?P<unit>days|weeks) ago\b"
    r"|\bvor (?P<vor>\d{1,3}|zwei|drei|vier|fünf|sechs) (?P<einheit>tagen|wochen)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Note:
    """A note as it may be cited: its text, and the owner's local time of it."""

    text: str
    at: datetime


def unsupported(sentence: str, notes: Sequence[Note]) -> list[str]:
    """The numbers, dates and names of a sentence that none of the notes has, as the sentence writes them."""
    texts = [note.text for note in notes]
    held = {word for text in texts for word in _forms(text)}
    rest, missing = _without_dates(sentence, [day for note in notes for day in _days_of(note)], held)
    numbers = {number for text in texts for _, number in _numbers(text)}
    missing += [written for written, number in _numbers(rest) if number not in numbers]
    missing += [name for name in _names(sentence) if not _forms(name) <= held]
    return list(dict.fromkeys(missing))


# --- dates ------------------------------------------------------------------------------------------------------------


def _days_of(note: Note) -> Iterator[Day]:
    """The days that a note can be cited for: its own, those that it names, and those that it tells relative to it."""
    yield Day(note.at.year, note.at.month, note.at.day)
    yield from (day for day, _ in _named_days(note.text))
    for mention in dates_in(note.text, note.at):
        yield Day(mention.on.year, mention.on.month, mention.on.day)
    for match in _PAST.finditer(note.text):
        on = (note.at - timedelta(days=_days_back(match, note.at))).date()
        yield Day(on.year, on.month, on.day)


def _days_back(match: re.Match[str], at: datetime) -> int:
    if match["before"]:
        return 2
    if match["weekday"]:
        return (at.weekday() - WEEKDAYS[match["weekday"].lower()] - 1) % 7 + 1
    amount = (match["ago"] or match["vor"] or "").lower()
    if not amount:
        return 1
    number = int(amount) if amount.isdigit() else _NUMBER_WORDS[amount]
    return number * (7 if (match["unit"] or match["einheit"]).lower().startswith("w") else 1)


def _named_days(text: str) -> list[tuple[Day, str]]:
    """Days as far as a text names them, and how it does: "2026-03-04", "March 4", "4. März 2026", "in May"."""
    found = list(days_in(text).items())
    for match in _GERMAN_DAY.finditer(text):
        month = int(match["month"]) if match["month"] else _MONTHS[match["name"].lower()]
        if 1 <= month <= 12:
            found.append((Day(int(match["year"]) if match["year"] else None, month, int(match["day"])), match.group()))
    return found


def _without_dates(sentence: str, known: Sequence[Day], held: Set[str]) -> tuple[str, list[str]]:
    """The sentence without the dates that it names, and those of them that are not known, nor `held` as words."""
    rest, missing = sentence, []
    for day, written in sorted(_named_days(sentence), key=lambda item: -len(item[1])):
        if written not in rest:
            continue  # part of a longer one
        rest = rest.replace(written, " ")
        if not any(_fits(day, other) for other in known):
            missing.append(written)
    for match in _MONTH.finditer(rest):
        small = match.group().lower()
        if match.group()[0].isupper() and small not in held and all(day.month != _MONTHS[small] for day in known):
            missing.append(match.group())
    for word in WORD.findall(rest):
        weekday = WEEKDAYS.get(word.lower())
        if weekday is not None and word.lower() not in held and not any(_falls_on(day, weekday) for day in known):
            missing.append(word)
    return rest, missing


def _fits(said: Day, known: Day) -> bool:
    """Whether all that is said of a day is so in a known one."""
    pairs = ((said.year, known.year), (said.month, known.month), (said.day, known.day))
    return all(one is None or one == other for one, other in pairs)


def _falls_on(day: Day, weekday: int) -> bool:
    if not (day.year and day.month and day.day):
        return False
    try:
        return datetime(day.year, day.month, day.day).weekday() == weekday  # noqa: DTZ001 - a day, no instant
    except ValueError:
        return False


# --- numbers and names ------------------------------------------------------------------------------------------------


def _numbers(text: str) -> Iterator[tuple[str, str]]:
    """The numbers of a text, as written and in one form: "1,200" and "1200" are one, "three" and "3"."""
    for match in _DIGITS.finditer(text):
        written = match.group().rstrip(".,:")
        plain = _THOUSANDS.sub("", written).replace(",", ".")
        whole, _, part = plain.partition(".")
        yield written, (whole.lstrip("0") or "0") + (f".{part}" if part.strip("0") else "")
    for word in WORD.findall(text.lower()):
        for piece in word.split("-"):
            if piece in _NUMBER_WORDS:
                yield piece, str(_NUMBER_WORDS[piece])


@lru_cache(maxsize=4096)
def _forms(text: str) -> frozenset[str]:
    """The words of a text in small letters, without a genitive's ending."""
    return frozenset(word.lower().replace("\u2019", "'").removesuffix("'s") for word in WORD.findall(text))


def _names(sentence: str) -> Iterable[str]:
    """Words that name somebody or something: with a capital, or capitals, where the language would not ask for one."""
    language = language_of(sentence)
    listed = _listed_names()
    for place, word in enumerate(words_of(sentence, language)):
        small = word.base
        if word.grammatical or not word.text[0].isupper() or small in WEEKDAYS or small in _MONTHS:
            continue
        if small in _NUMBER_WORDS:
            continue
        begins = place == 0 or sentence[: word.start].rstrip(" \"'(\u201e\u201c").endswith((".", "!", "?", ":"))
        noun = language == "de" and zipf(small, language) >= 3.0 and small not in listed
        if noun or (begins and small not in listed and zipf(small, language) >= UNKNOWN_WORD):
            continue
        yield word.text


@lru_cache(maxsize=1)
def _listed_names() -> frozenset[str]:
    """Names that are names at the start of a sentence, too, though they may be words ("Will", "Reading")."""
    lists = ("first_names", "places", "organisations")
    return frozenset(name.partition(":")[0].strip().lower() for given in lists for name in wordlists.terms(given))
