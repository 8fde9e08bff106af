"""Days and times that a note names for what is to come, resolved against the day on which it was written.

English and German, both looked for in every note, since people mix them. dateparser, which reads whole fields at
intake, is not used here: in running text it takes "may", "sat" and "an" for dates, and most weekdays for past ones.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Literal

Certainty = Literal["day", "week", "none"]
"""How exactly a date is meant: that day; some day of that week or about then; not at all."""

WEEKDAYS = {
    "monday": 0, "tuesday": 1, "wednesday": 2, "thursday": 3, "friday": 4, "saturday": 5, "sunday": 6,
    "montag": 0, "dienstag": 1, "mittwoch": 2, "donnerstag": 3, "freitag": 4, "samstag": 5, "sonnabend": 5,
    "sonntag": 6,
}  # fmt: skip
_SHORT_WEEKDAYS = {
    "mon": 0, "tue": 1, "tues": 1, "wed": 2, "thu": 3, "thur": 3, "thurs": 3, "fri": 4, "sat": 5, "sun": 6,
    "mo": 0, "di": 1, "mi": 2, "do": 3, "fr": 4, "sa": 5, "so": 6,
}  # fmt: skip
MONTHS = {
    "january": 1, "february": 2, "march": 3, "april": 4, "may": 5, "june": 6, "july": 7, "august": 8, "september": 9,
    "october": 10, "november": 11, "december": 12, "jan": 1, "feb": 2, "mar": 3, "apr": 4, "jun": 6, "jul": 7,
    "aug": 8, "sep": 9, "sept": 9, "oct": 10, "nov": 11, "dec": 12,
    "januar": 1, "februar": 2, "märz": 3, "mai": 5, "juni": 6, "juli": 7, "oktober": 10, "dezember": 12, "dez": 12,
    "okt": 10,
}  # fmt: skip
_NUMBERS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "couple of": 2, "a couple of": 2, "few": 3, "a few": 3,
    "ein": 1, "eine": 1, "einem": 1, "einer": 1, "einen": 1, "eins": 1, "zwei": 2, "drei": 3, "vier": 4, "fünf": 5,
    "sechs": 6, "sieben": 7, "acht": 8, "neun": 9, "zehn": 10, "elf": 11, "zwölf": 12, "paar": 3,
}  # fmt: skip
_HOLIDAYS: dict[str, Callable[[int], date]] = {
    "christmas": lambda year: date(year, 12, 25),
    "xmas": lambda year: date(year, 12, 25),
    "weihnachten": lambda year: date(year, 12, 24),
    "heiligabend": lambda year: date(year, 12, 24),
    "new year's eve": lambda year: date(year, 12, 31),
    "silvester": lambda year: date(year, 12, 31),
    "new year": lambda year: date(year, 1, 1),
    "neujahr": lambda year: date(year, 1, 1),
    "easter": lambda year: _easter(year),
    "ostern": lambda year: _easter(year),
    "karfreitag": lambda year: _easter(year) - timedelta(days=2),
    "good friday": lambda year: _easter(year) - timedelta(days=2),
    "pfingsten": lambda year: _easter(year) + timedelta(days=49),
    "pentecost": lambda year: _easter(year) + timedelta(days=49),
    "halloween": lambda year: date(year, 10, 31),
    "nikolaus": lambda year: date(year, 12, 6),
}

AHEAD_OF_A_DATE = 305
"""Days up to which a date without a year is taken for one to come; one that was less than 60 days ago is past."""


@dataclass(frozen=True)
class DateMention:
    """A day that a text names."""

    start: int
    """Where the words that say it begin, in characters, with the preposition."""
    end: int
    on: date
    """The day; of a week or a month its last day that counts."""
    certainty: Certainty
    deadline: bool
    """Whether it is said as a limit: "by", "until", "before", "bis", "spätestens"."""
    at: time | None = None

    @property
    def first_day(self) -> date:
        """The first day that is meant: Monday where only the week is known."""
        return self.on if self.certainty == "day" else self.on - timedelta(days=self.on.weekday())


def dates_in(text: str, moment: datetime) -> tuple[DateMention, ...]:
    """The days that a text names, in their order, as of the local time `moment`; what lies in the past, too.

    A time of day belongs to the date it stands next to; one that stands alone is of the same day.
    """
    found: list[DateMention] = []
    for pattern, resolve in _FORMS:
        for match in pattern.finditer(text):
            try:
                resolved = resolve(match, moment.date())
            except (ValueError, OverflowError):  # the 31st of a month that has none, or a day after the last year
                continue
            if resolved:
                found.append(replace(resolved, start=match.start(), end=match.end()))
    apart: list[DateMention] = []
    for mention in sorted(found, key=lambda item: (item.start - item.end, item.start)):
        if all(mention.end <= other.start or mention.start >= other.end for other in apart):
            apart.append(mention)
    return tuple(_with_times(text, sorted(apart, key=lambda item: item.start), moment))


# --- resolving --------------------------------------------------------------------------------------------------------


def _easter(year: int) -> date:
    """Easter Sunday by the Gregorian rule (the anonymous algorithm, Nature 1876)."""
    moon, century, rest = year % 19, year // 100, year % 100
    leap = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * moon + century - century // 4 - leap + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - epact - rest % 4) % 7
    late = (moon + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def _named(on: date, certainty: Certainty, match: re.Match[str]) -> DateMention:
    return DateMention(0, 0, on, certainty, bool(match.groupdict().get("limit")))


def _end_of_week(day: date) -> date:
    return day + timedelta(days=6 - day.weekday())


def _end_of_month(day: date, later: int = 0) -> date:
    months = day.year * 12 + day.month - 1 + later
    year, month = divmod(months, 12)
    return date(year, month + 1, monthrange(year, month + 1)[1])


def _near(day: int, month: int, today: date) -> date:
    """The day of a month without a year: among the years around, the one that is not long past."""
    candidates = []
    for year in (today.year - 1, today.year, today.year + 1):
        if day <= monthrange(year, month)[1]:
            candidates.append(date(year, month, day))
    chosen = [item for item in candidates if -60 < (item - today).days <= AHEAD_OF_A_DATE]
    if not chosen:
        raise ValueError(f"{day}.{month}. is no day")
    return chosen[0]


def _before(mention: DateMention, match: re.Match[str]) -> DateMention:
    """One day earlier where it is said "before" and not "by"."""
    limit = (match.groupdict().get("limit") or "").lower().split()
    return replace(mention, on=mention.on - timedelta(days=1)) if limit[:1] in (["before"], ["vor"]) else mention


def _iso(match: re.Match[str], _today: date) -> DateMention:
    return _before(_named(date.fromisoformat(match["iso"]), "day", match), match)


def _day_and_month(match: re.Match[str], today: date) -> DateMention:
    written = match["month"].lower().rstrip(".")
    month = MONTHS[written] if written in MONTHS else int(written)
    if not 1 <= month <= 12:
        raise ValueError("no month")
    year = match["year"]
    day = int(match["day"])
    on = date(int(year) + (2000 if len(year) == 2 else 0), month, day) if year else _near(day, month, today)
    return _before(_named(on, "day", match), match)


def _day_of_month(match: re.Match[str], today: date) -> DateMention:
    day = int(match["day"])
    first = today.replace(day=1)
    for _ in range(12):
        if day <= monthrange(first.year, first.month)[1] and first.replace(day=day) >= today:
            return _before(_named(first.replace(day=day), "day", match), match)
        first = _end_of_month(first) + timedelta(days=1)
    raise ValueError(f"{day}. is no day")


def _relative_day(match: re.Match[str], today: date) -> DateMention:
    word = match["word"].lower()
    later = 2 if word in {"the day after tomorrow", "day after tomorrow", "übermorgen"} else 0
    if not later and ("tomorrow" in word or "morgen" in word.split() or word.startswith("tmr")):
        later = 0 if word in {"heute morgen"} else 1
    return _before(_named(today + timedelta(days=later), "day", match), match)


def _weekday(match: re.Match[str], today: date) -> DateMention | None:
    word = match["weekday"].lower().rstrip(".")
    number = WEEKDAYS[word] if word in WEEKDAYS else _SHORT_WEEKDAYS[word]
    which = (match.groupdict().get("which") or "").lower()
    bare = match.group().strip().lower().rstrip(".") == word
    if bare and number == today.weekday():
        return _named(today, "day", match)  # "Saturday rush", said on a Saturday
    if which.startswith(("last", "letzt", "vorig", "vergangen", "past", "previous")):
        return None
    ahead = (number - today.weekday() - 1) % 7 + 1
    if which.startswith(("next", "nächst")):
        ahead = number - today.weekday() + 7
    elif which.startswith(("this", "dies")):
        ahead = (number - today.weekday()) % 7
    if match.groupdict().get("week_later"):
        ahead += 7
    return _before(_named(today + timedelta(days=ahead), "day", match), match)


def _in_a_while(match: re.Match[str], today: date) -> DateMention:
    amount = match["amount"].lower()
    number = _NUMBERS[amount] if amount in _NUMBERS else int(amount)
    unit = match["unit"].lower()
    if unit.startswith(("day", "tag")):
        return _named(today + timedelta(days=number), "day", match)
    if unit.startswith(("week", "woche")):
        return _named(today + timedelta(weeks=number), "week", match)
    last = monthrange(_end_of_month(today, number).year, _end_of_month(today, number).month)[1]
    return _named(_end_of_month(today, number).replace(day=min(today.day, last)), "week", match)


def _week(match: re.Match[str], today: date) -> DateMention:
    which = (match["which"] or "").lower()
    later = 7 if which.startswith(("next", "nächst", "kommend", "coming")) else 0
    return _named(_end_of_week(today + timedelta(days=later)), "week", match)


def _week_after(match: re.Match[str], today: date) -> DateMention:
    return _named(_end_of_week(today + timedelta(days=7)), "week", match)


def _month(match: re.Match[str], today: date) -> DateMention:
    later = 1 if match["which"].lower().startswith(("next", "nächst", "kommend")) else 0
    return _named(_end_of_month(today, later), "week", match)


def _part_of_month(match: re.Match[str], today: date) -> DateMention:
    name = match.groupdict().get("month")
    if name:
        number = MONTHS[name.lower().rstrip(".")]
        year = today.year if number >= today.month - 1 else today.year + 1
        last = date(year, number, monthrange(year, number)[1])
    else:
        last = _end_of_month(today)
    part = (match.groupdict().get("part") or "").lower()
    if part.startswith(("begin", "anfang", "early", "start")):
        last = last.replace(day=7)
    elif part.startswith(("mid", "mitte")):
        last = last.replace(day=15)
    return _named(last, "week", match)


def _holiday(match: re.Match[str], today: date) -> DateMention:
    find = _HOLIDAYS[match["holiday"].lower().replace("\u2019", "'")]
    on = find(today.year) if find(today.year) >= today else find(today.year + 1)
    limit = (match["limit"] or "").lower()
    if "after" in limit or "nach" in limit:
        return _named(on + timedelta(days=7), "week", match)
    if limit.startswith(("before", "vor", "by", "bis", "until", "till")):
        return _named(on - timedelta(days=1), "week", match)
    return _named(on, "day", match)


# --- the forms --------------------------------------------------------------------------------------------------------

_LIMIT = (
    r"(?:(?P<limit>(?:no later than|not later than|by|until|till|before|due(?: on| by)?|"
    r"(?:noch |gleich )?(?:bis(?: spätestens)?|spätestens(?: bis)?|vor)(?: zum| zu| dem| am| den)?))\s+)"
)
_ON = (
    r"(?:(?:on|this coming|coming|am|für den|für|den|der|for|from|ab|ab dem|vom|of|gleich|"
    r"(?:in the|im) (?:course|lauf(?:e)?) (?:of|der))\s+)"
)
_LEAD = rf"(?<!that )(?<!every )(?<!each )(?<!jeden )(?<!jeder )\b(?:{_LIMIT}|{_ON})?(?:the\s+|der\s+|den\s+|dem\s+)?"
_DAY = "|".join(WEEKDAYS)
_SHORT_DAY = "|".join(sorted(_SHORT_WEEKDAYS, key=len, reverse=True))
_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_LONG_MONTH = "|".join(name.title() for name in MONTHS if len(name) > 3 or name in {"may", "mai"})
_AMOUNT = r"\d{1,3}|" + "|".join(sorted((re.escape(word) for word in _NUMBERS), key=len, reverse=True))
_PART = (
    r"(?:\s+(?:early\s+)?(?:morning|afternoon|evening|night|früh|vormittags?|nachmittags?|abends?|mittags?|morgens?))?"
)
_WHICH = (
    r"(?:(?P<which>this|next|last|past|previous|diese[nrsm]?|nächste[nrsm]?|kommende[nrsm]?|letzte[nrsm]?|"
    r"vorige[nrsm]?)\s+)?"
)


def _form(pattern: str, flags: re.RegexFlag = re.IGNORECASE) -> re.Pattern[str]:
    return re.compile(pattern, flags)


_FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], date], DateMention | None]], ...] = (
    (_form(rf"{_LEAD}(?P<iso>\d{{4}}-\d{{2}}-\d{{2}})\b"), _iso),
    (
        _form(
            rf"{_LEAD}(?:(?:{_DAY}|{_SHORT_DAY})\.?,?\s+(?:the\s+|dem\s+|den\s+)?)?"
            rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th|"
            rf"\.)?\s+(?:of\s+)?(?P<month>{_MONTH})\b\.?(?:,?\s+(?P<year>20\d\d))?{_PART}"
        ),
        _day_and_month,
    ),
    (
        _form(
            rf"{_LEAD}(?:(?:{_DAY}|{_SHORT_DAY})\.?,?\s+)?"
            rf"(?P<month>{_MONTH})\b\.?\s+(?P<day>\d{{1,2}})(?:st|nd|rd|"
            rf"th)?\b(?![:.]\d)(?:,?\s+(?P<year>20\d\d))?{_PART}"
        ),
        _day_and_month,
    ),
    (
        _form(
            rf"{_LEAD}(?:(?:{_DAY}|{_SHORT_DAY})\.?,?\s+(?:dem\s+|den\s+)?)?"
            r"(?P<day>[0-3]?\d)\.(?P<month>[01]?\d)\.(?P<year>20\d\d|\d\d)?(?![\d.]\d)"
        ),
        _day_and_month,
    ),
    (
        _form(
            rf"\b(?:{_LIMIT}|(?:on|am)\s+)?(?:{_DAY}|{_SHORT_DAY})\.?,?\s+(?:the\s+|dem\s+|"
            rf"den\s+)?(?P<day>[0-3]?\d)(?:st|nd|rd|th|\.)(?!\d|\s?(?:{_MONTH})){_PART}"
        ),
        _day_of_month,
    ),
    (
        # "the 14th" but not "the 2nd time", "am 20." but not "am 2. Tag" or "20.5".
        _form(
            rf"\b(?:{_LIMIT}|(?:on|am|ab|for|für|vom|zum)\s+)?(?:the|den|dem|der|zum|"
            rf"am)\s+(?P<day>[0-3]?\d)(?:st|nd|rd|th)\b"
            r"(?=\s*$|\s*[,.;:!?)\u2013-]|\s+(?:at|in|by|or|and|from|until|for|because|if|so|we|i|he|she|with|when|to|"
            r"before|after|morning|afternoon|evening)\b)"
            rf"{_PART}",
        ),
        _day_of_month,
    ),
    (
        re.compile(
            r"\b(?:(?P<limit>(?:[Bb]is(?: spätestens)?|[Ss]pätestens|[Vv]or)(?: zum| dem| am| den)?)|"
            r"[Aa]m|[Zz]um|[Aa]b(?: dem)?|[Dd]en|[Vv]om|[Dd]er)"
            r"\s+(?P<day>[0-3]?\d)\.(?=\s*$|\s*[,;:!?)]|\s+[a-zäöü])"
        ),
        _day_of_month,
    ),
    (
        _form(
            rf"\b(?:{_LIMIT}|(?:on|for|für|ab|noch|gleich)\s+)?"
            r"(?P<word>the day after tomorrow|day after tomorrow|tomorrow|tmrw|today|tonight|"
            r"this (?:morning|afternoon|evening)|übermorgen|heute)"
            r"(?:\s+(?:morning|afternoon|evening|night|früh|vormittag|nachmittag|abend|mittag|noch|nacht|"
            r"morgen))?\b(?!['\u2019]s)"
        ),
        _relative_day,
    ),
    (
        # "morgen" is tomorrow, "der Morgen" is a morning; at the start of a sentence only what follows tells.
        re.compile(
            r"(?:(?<![\w])(?P<limit>(?:bis|Bis|vor)) |(?:ab|Ab|für|gleich|schon|erst) )?"
            r"(?P<word>\bmorgen|(?:(?<=^)|(?<=[.!?:] )|(?<=\n)|(?<=(?:Bis|bis|Für|für) ))Morgen)"
            r"(?: früh| vormittag| nachmittag| abend| mittag| Vormittag| Nachmittag| Abend| Mittag)?\b(?! (?:is|was))"
        ),
        _relative_day,
    ),
    (
        _form(
            rf"{_LEAD}{_WHICH}(?P<weekday>{_DAY})(?:(?P<week_later>\s+week|\s+in einer Woche)\b)?"
            r"(?:\s+(?:early\s+)?(?:morning|afternoon|evening|night|früh|vormittag|nachmittag|abend|mittag|morgen)|"
            r"morgen|vormittag|nachmittag|abend|mittag)?\b(?!['\u2019]s)"
        ),
        _weekday,
    ),
    (
        _form(
            rf"\b(?:{_LIMIT}|(?:on|next|this|am)\s+)(?P<weekday>{_SHORT_DAY})\b\.?(?=\s*$|\s*[,;:!?)]|\s+\d|"
            rf"\s+at\b|\s+um\b)"
        ),
        _weekday,
    ),
    (
        _form(rf"\b(?P<weekday>{_SHORT_DAY})\.?,?\s+(?=(?:at\s+|um\s+)?\d{{1,2}}(?:[:.]\d\d|\s?[ap]m|\s?h\b|\s?Uhr))"),
        _weekday,
    ),
    (
        _form(
            rf"\b(?:in|within|innerhalb von|(?P<limit>within))\s+(?:about\s+|etwa\s+|den nächsten\s+|the next\s+)?"
            rf"(?P<amount>{_AMOUNT})\s+(?P<unit>days?|weeks?|months?|tag(?:en?)?|wochen?|monat(?:en?)?)\b(?!['\u2019])"
        ),
        _in_a_while,
    ),
    (
        _form(rf"\b(?P<weekday>{_DAY})\s+in\s+(?:a|one|einer)\s+(?P<week_later>week|woche)\b"),
        _weekday,
    ),
    (
        _form(
            rf"(?:\b(?:{_LIMIT}|(?:on|over|in|am|übers|im laufe|in the course of|sometime|some time|during|"
            rf"irgendwann)\s+)?"
            r"(?:of\s+)?(?:the\s+|das\s+|der\s+|dem\s+)?"
            r"(?:(?:end|ende|anfang|beginning|mitte|middle|start)\s+(?:of\s+|der\s+|dieser\s+|"
            r"nächster\s+)?)?(?:the\s+)?)"
            r"(?P<which>this|next|coming|the coming|diese[rsnm]?|nächste[rsnm]?|kommende[rsnm]?)\s+"
            r"(?:week(?:end)?|woche|wochenende)\b"
        ),
        _week,
    ),
    (
        _form(
            rf"\b(?:{_LIMIT}|(?:on|over|at|am|übers)\s+)?(?:the\s+|zum\s+|das\s+)?"
            r"(?P<which>)(?<!a )(?<!ein )(?<!every )(?<!jedes )(?:weekend|wochenende|"
            r"(?:the\s+)?end of the week|ende der woche|before the weekend|vor dem wochenende)\b"
        ),
        _week,
    ),
    (_form(r"\b(?:after|nach) (?:the|dem) (?P<which>next)?(?:weekend|wochenende)\b"), _week_after),
    (
        _form(
            rf"\b(?:{_LIMIT}|(?:in|im|over|sometime)\s+)?(?P<which>this|next|diesen|nächsten|"
            rf"kommenden)\s+(?:month|monat)\b"
        ),
        _month,
    ),
    (
        _form(
            rf"\b(?:{_LIMIT}|(?:at|around|gegen|in)\s+)?(?:the\s+)?"
            rf"(?P<part>end|ende|anfang|beginning|mitte|middle|mid|early|start)(?:\s+|-)(?:of\s+|des\s+)?(?:the\s+)?"
            rf"(?:(?P<month>{_MONTH})\b\.?|month\b|monats?\b)"
        ),
        _part_of_month,
    ),
    (_form(r"\b(?:(?P<limit>by|until|till|before|bis|vor)\s+|zum\s+)(?:the\s+)?monatsende\b"), _part_of_month),
    (
        re.compile(
            rf"\b(?:(?P<limit>by|until|till|before|bis|vor|Bis|By|Until)|in|im) (?P<month>{_LONG_MONTH})\b(?! \d)"
        ),
        _part_of_month,
    ),
    (
        _form(
            r"\b(?:(?P<limit>by|until|till|before|after|bis|bis nach|vor|nach|spätestens)\s+|(?:at|an|for|zu|"
            r"over|on)\s+)"
            rf"(?P<holiday>{'|'.join(_HOLIDAYS).replace(chr(39), '.')})\b"
        ),
        _holiday,
    ),
)

# --- times of day -----------------------------------------------------------------------------------------------------

_HOUR_WORD = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|ein|eins|zwei|drei|vier|fünf|sechs|sieben|acht|neun|"
    "zehn|elf|zwölf"
)
_TIMES = (
    _form(
        rf"\b(?:between|zwischen|from|von)\s+(?P<hour>1?\d|"
        rf"{_HOUR_WORD})(?:[:.](?P<minute>[0-5]\d))?(?:\s?Uhr)?\s+(?:and|und|to|bis)\s+(?:[12]?\d|"
        rf"{_HOUR_WORD})(?:[:.][0-5]\d)?(?:\s?Uhr)?\b(?!\s*(?:%|\d|euros?|€|km|people|weeks|days))"
    ),
    _form(
        r"(?:\b(?:at|by|until|um|gegen|ab|bis|from|von|around)\s+)?\b(?P<hour>[0-2]?\d)[:.](?P<minute>[0-5]\d)"
        r"(?:\s?(?P<half>[ap])\.?m\b\.?|\s*Uhr\b|\s*h\b)?(?!\.?\d|\s*(?:%|euros?|€|\$|km|kg|m\b|g\b))"
    ),
    _form(r"(?:\b(?:at|by|until|around)\s+)?\b(?P<hour>1?\d)\s?(?P<half>[ap])\.?m\b\.?"),
    _form(rf"(?:\b(?:um|gegen|ab|bis|von)\s+)?\b(?P<hour>[0-2]?\d|{_HOUR_WORD})\s?Uhr\b"),
    _form(
        rf"\b(?:at\s+|by\s+)?(?:(?P<past>half past)|(?P<quarter_past>quarter past)|"
        rf"(?P<quarter_to>quarter to))\s+(?P<hour>1?\d|{_HOUR_WORD})\b"
    ),
    _form(rf"\b(?:um\s+|gegen\s+)?halb\s+(?P<before_half>{_HOUR_WORD})\b"),
    _form(
        rf"\b(?:at|by|until|um|gegen)\s+(?P<hour>1?\d|{_HOUR_WORD})\b(?!\s*(?:%|\d|\.\d|percent|euros?|€|km|"
        rf"minutes?|days?|weeks?|people|years?|\w+s\b|prozent|tage|wochen))"
    ),
    _form(r"(?:\b(?:at|by|until)\s+)?\b(?P<noon>noon|midday)\b|\bmittags\b"),
)


@dataclass(frozen=True)
class _TimeMention:
    start: int
    end: int
    at: time


def _times_in(text: str) -> Iterator[_TimeMention]:
    covered = -1
    found: list[_TimeMention] = []
    for pattern in _TIMES:
        for match in pattern.finditer(text):
            at = _time_of(match)
            if at is not None and all(match.end() <= item.start or match.start() >= item.end for item in found):
                found.append(_TimeMention(match.start(), match.end(), at))
    for item in sorted(found, key=lambda mention: mention.start):
        if item.start >= covered:
            covered = item.end
            yield item


def _time_of(match: re.Match[str]) -> time | None:
    parts = match.groupdict()
    if parts.get("noon") or match.group().lower() == "mittags":
        return time(12)
    said = (parts.get("hour") or parts.get("before_half") or "").lower()
    hour = _NUMBERS[said] if said in _NUMBERS else int(said)
    minute = int(parts["minute"]) if parts.get("minute") else 0
    if parts.get("half"):
        hour = hour % 12 + (12 if parts["half"].lower() == "p" else 0)
    elif hour < 7 and (said in _NUMBERS or not parts.get("minute")):
        hour += 12  # nobody makes a note of five in the morning without saying so
    if parts.get("past"):
        minute = 30
    elif parts.get("quarter_past"):
        minute = 15
    elif parts.get("quarter_to"):
        hour, minute = hour - 1, 45
    elif parts.get("before_half"):
        hour, minute = hour - 1, 30
    return time(hour, minute) if 0 <= hour < 24 else None


def _with_times(text: str, mentions: list[DateMention], moment: datetime) -> list[DateMention]:
    """The dates with the times that stand next to them; a time alone is of the same day."""
    times = list(_times_in(text))
    placed: list[DateMention] = []
    taken: set[int] = set()
    for mention in mentions:
        near = [
            (min(abs(item.start - mention.end), abs(mention.start - item.end)), position)
            for position, item in enumerate(times)
            if position not in taken and mention.certainty == "day" and not _inside(item, mentions)
        ]
        if near and min(near)[0] <= 25:
            position = min(near)[1]
            taken.add(position)
            item = times[position]
            if abs(item.start - mention.end) <= 3 or abs(mention.start - item.end) <= 3:
                mention = replace(mention, start=min(mention.start, item.start), end=max(mention.end, item.end))
            mention = replace(mention, at=item.at)
        placed.append(mention)
    if not mentions:
        placed += [
            DateMention(item.start, item.end, moment.date(), "day", deadline=False, at=item.at)
            for item in times
            if item.at >= moment.time() and re.match(r"(?:at|by|until|um|gegen|bis)\b", text[item.start :], re.I)
        ][:1]
    return placed


def _inside(item: _TimeMention, mentions: list[DateMention]) -> bool:
    """Whether what looks like a time is part of a date ("am 20.03.")."""
    return any(mention.start < item.end and item.start < mention.end for mention in mentions)
