"""Options that several commands have."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from include.errors import CodexError
from include.intake.instant import instant
from include.settings import settings

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead, for programs.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Tag = Annotated[str | None, typer.Option("--tag", help="Only memories with this tag.")]
Limit = Annotated[int, typer.Option("--limit", "-n", help="How many, the latest first.")]

MOST = 100_000
"""Results of one question at most."""


def check_count(option: str, count: int) -> None:
    """Raises CodexError for a number of results that can't be."""
    if not 1 <= count <= MOST:
        raise CodexError(f"{option} is {count}; give a number from 1 to {MOST:,}.")


def instant_given(option: str, text: str | None) -> datetime | None:
    """An instant that was given as an option, in the owner's zone where it names none. Raises CodexError."""
    if text is None:
        return None
    try:
        return instant(text, settings().zone)
    except ValueError:
        raise CodexError(
            f"{option} is {text!r}; give a date or an instant such as 2026-03-01T06:00:00+01:00."
        ) from None


def can_be_asked(text: object) -> bool:
    """Whether it is a text with something in it that PostgreSQL takes."""
    if not isinstance(text, str) or not text.strip() or "\0" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
