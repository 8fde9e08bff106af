"""A stretch of time to look at."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from include.errors import CodexError

_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


@dataclass(frozen=True)
class Period:
    """From `since` (not included) to `until`."""

    since: datetime
    until: datetime

    @classmethod
    def ending(cls, until: datetime, length: str) -> Period:
        """The period of a length such as `90m`, `24h`, `7d` or `2w`. Raises CodexError for anything else."""
        given = re.fullmatch(r"([1-9]\d{0,3})([mhdw])", length.strip())
        if given is None:
            raise CodexError(f"{length!r} is no period; give something like 90m, 24h, 7d or 2w.")
        return cls(until - int(given[1]) * _UNITS[given[2]], until)
