"""How things are written for programs and people: JSON, instants in the owner's time, progress, whole files."""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from include.settings import settings

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def local_time(instant: datetime | str | None) -> str:
    """An instant for people: the owner's wall time, to the minute."""
    if not instant:
        return ""
    known = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
    return f"{known.astimezone(settings().zone):%Y-%m-%d %H:%M}"


def json_text(value: Any, indent: int | None = None) -> str:
    """JSON, one line unless indented; instants in ISO 8601, UUIDs as text."""
    return json.dumps(value, ensure_ascii=False, indent=indent, default=_plain) + "\n"


def plain_values(value: Any) -> Any:
    """A value as JSON has it: instants and UUIDs as text."""
    return json.loads(json_text(value))


def json_line(value: Any) -> str:
    """One line of JSON, for JSON Lines."""
    return json_text(value)


def printable(text: str) -> str:
    """The text without what would steer a terminal."""
    return _CONTROL.sub("�", text)


def write_whole(path: Path, text: str) -> None:
    """Write a file of text; it appears whole, or stays as it was."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    part = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def print_progress(text: str) -> None:
    """Write a line of progress to stderr, so that stdout holds the result alone."""
    dot = "\x1b[2m·\x1b[0m" if sys.stderr.isatty() else "·"
    sys.stderr.write(f"{dot} {printable(text)}\n")
    sys.stderr.flush()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
