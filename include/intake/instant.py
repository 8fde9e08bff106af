"""The date of a note, however its owner wrote it, as an instant in UTC."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

AHEAD = timedelta(minutes=10)
"""How far a note's time may lie in the future: clocks of two devices differ, a note of next year is a mistake."""

LONGEST = 100
"""Characters of a date that are looked at; what is longer is prose."""

DATEPARSER_SETTINGS = {
    "RETURN_AS_TIMEZONE_AWARE": True,
    "PREFER_DAY_OF_MONTH": "first",
    "REQUIRE_PARTS": ["year", "month"],
    # Without the relative ones: "yesterday" in a file is another day at each reading.
    "PARSERS": ["timestamp", "custom-formats", "absolute-time"],
}


def instant(stated: object, zone: ZoneInfo) -> datetime:
    """Return the instant of an ISO 8601 text, a date (its midnight) or a datetime, in UTC; without an offset in `zone`.

    Raises ValueError whose text is the reason, to be put behind the name of the field.
    """
    if isinstance(stated, str):
        try:
            stated = _iso(stated)
        except ValueError:
            raise ValueError(f"{_shown(stated)} is no date and time such as 2026-03-29T18:30:00+02:00") from None
    return _checked(stated, zone)


def written_instant(stated: object, zone: ZoneInfo) -> datetime:
    """Return the same for dates that people write by hand: `12. Mai 2026` or `May 12th, 2026`, too.

    Raises ValueError whose text is the reason.
    """
    if isinstance(stated, int) and not isinstance(stated, bool):
        stated = str(stated)  # YAML makes a number of 20260512
    if isinstance(stated, str):
        stated = _written(stated, zone)
    return _checked(stated, zone)


def _iso(text: str) -> datetime:
    """Read ISO 8601; a date alone is its midnight. Raises ValueError."""
    text = text.strip()
    if text.isdigit() and len(text) != len("20260329"):
        raise ValueError("a number; Python would read some milliseconds since 1970 as a day of the year 1512")
    return datetime.fromisoformat(text)


def _written(text: str, zone: ZoneInfo) -> datetime:
    try:
        return _iso(text)
    except ValueError:
        return _guessed(text, zone)


def _guessed(text: str, zone: ZoneInfo) -> datetime:
    import dateparser  # slow to import, and few vaults need it

    guess: datetime | None = None
    if len(text) <= LONGEST:
        # It stumbles over some texts that are no dates.
        with suppress(ValueError, OverflowError, TypeError, AttributeError):
            guess = dateparser.parse(text, settings={**DATEPARSER_SETTINGS, "TIMEZONE": zone.key})
    if guess is None:
        raise ValueError(f"{_shown(text)} is no date that can be understood; write it like 2026-03-29")
    return guess


def _checked(stated: object, zone: ZoneInfo) -> datetime:
    if isinstance(stated, date) and not isinstance(stated, datetime):
        stated = datetime.combine(stated, time())
    if not isinstance(stated, datetime):
        raise ValueError(f"{_shown(stated)} is no date")  # noqa: TRY004 - the reason is for people, the type is ours
    if stated.utcoffset() is None:
        stated = stated.replace(tzinfo=zone)
    try:
        utc = stated.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{stated.isoformat()} lies outside the years 1 to 9999") from None
    if utc > datetime.now(UTC) + AHEAD:
        raise ValueError(f"{stated.isoformat()} lies in the future")
    return utc


def _shown(stated: object) -> str:
    text = repr(stated)
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"
