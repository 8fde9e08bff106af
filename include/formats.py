"""How values are written for programs and for people: JSON, and instants in the owner's time."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any
from uuid import UUID

from include.settings import settings


def local_time(instant: datetime | str | None) -> str:
    """An instant for people: the owner's wall time, to the minute."""
    if not instant:
        return ""
    known = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
    return f"{known.astimezone(settings().zone):%Y-%m-%d %H:%M}"


def json_text(value: Any, indent: int | None = None) -> str:
    """JSON, one line unless indented; instants in ISO 8601, UUIDs as text."""
    return json.dumps(value, ensure_ascii=False, indent=indent, default=_plain) + "\n"


def json_line(value: Any) -> str:
    """One line of JSON, for JSON Lines."""
    return json_text(value)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
