"""The logs of the service's processes: `$CODEX_HOME/logs`, one file a process."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from include.errors import CodexError
from include.settings import home

PARTS = ("service", "api-server", "scheduler", "dag-processor", "triggerer")
"""The processes with a log: our supervisor, and Airflow's."""

LEVELS = ("debug", "info", "warning", "error", "critical")

_LEVEL = re.compile(rf"\[({'|'.join(LEVELS)}) *\]|\b({'|'.join(LEVELS).upper()})\b")


@dataclass(frozen=True)
class LogLine:
    """A line of a log: whose, how grave, and the text."""

    part: str
    level: str
    text: str


def last_lines(count: int, level: str = "debug", parts: Iterable[str] = PARTS) -> list[LogLine]:
    """The last `count` lines of each part that are at least as grave as `level`; none of a part that has no log yet.

    Raises CodexError for a level, a part or a number that can't be.
    """
    level = level.lower()
    if level not in LEVELS:
        raise CodexError(f"There is no level {level!r}; there are {', '.join(LEVELS)}.")
    if count < 1:
        raise CodexError(f"--lines is {count}; give a number from 1 on.")
    grave = LEVELS[LEVELS.index(level) :]
    found: list[LogLine] = []
    for part in parts:
        if part not in PARTS:
            raise CodexError(f"There is no log of {part!r}; there are {', '.join(PARTS)}.")
        found += deque((line for line in _lines(part) if line.level in grave), maxlen=count)
    return found


def _lines(part: str) -> Iterator[LogLine]:
    """All lines of a part's log. One that names no level is of the error above it, as in a traceback, or an info."""
    path = home().logs / f"{part}.log"
    if not path.exists():
        return
    level = "info"
    with path.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            if named := _LEVEL.search(line):
                level = (named[1] or named[2]).lower()
            elif level not in {"error", "critical"}:
                level = "info"
            yield LogLine(part, level, line.rstrip("\n"))
