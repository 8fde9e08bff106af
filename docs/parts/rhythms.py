"""What README and docs tell of the rhythms, from their catalogue."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from zoneinfo import ZoneInfo

from include.parameters import validated, written
from include.rhythms.catalogue import BACKLOG_AGE, NIGHT, RHYTHMS, duration_in_words
from include.rhythms.sleep_plan import PartOfNight, SleepPlan

_PLAIN_NIGHT = date(2026, 1, 14)
"""No clock is changed in it."""
_NIGHTLY: tuple[PartOfNight, ...] = ("slow_wave", "cycle", "rem")


def _plan() -> SleepPlan:
    """The night of the parameters as they are delivered."""
    return SleepPlan.of(validated(written()), ZoneInfo("UTC"))


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|", *(f"| {' | '.join(row)} |" for row in rows)]
    return "\n" + "\n".join(lines) + "\n"


def _overview() -> str:
    cycles = _plan().cycles
    rows = (
        (
            f"`{rhythm.dag_id}`",
            rhythm.beats.in_words(cycles) or "-",
            ", ".join(f"asset `{source.asset}`" for source in rhythm.woken_by) or "-",
            rhythm.does,
            duration_in_words(rhythm.deadline),
        )
        for rhythm in RHYTHMS
    )
    return _table(("DAG", "beats", "wakes also on", "does", "deadline"), rows)


def _types() -> str:
    rows = [(f"`{rhythm.command}`", f"`{rhythm.dag_id}`") for rhythm in NIGHT]
    all_of_them = ("`all` (default)", f"these {len(NIGHT)}, in this order: a whole night, now")
    return _table(("`--type`", "DAG"), [*rows, all_of_them])


def _night() -> str:
    plan = _plan()
    columns = [
        [f"{beat:%H:%M:%S}" if beat.second else f"{beat:%H:%M}" for beat in plan.beats(_PLAIN_NIGHT, part)]
        for part in _NIGHTLY
    ]
    rows = ((str(cycle), *beats) for cycle, beats in enumerate(zip(*columns, strict=True), start=1))
    return _table(("cycle", "replay", "deep sleep", "REM"), rows)


def _patience() -> str:
    longer = [
        f"`{rhythm.dag_id}` {duration_in_words(rhythm.patience)}"
        for rhythm in RHYTHMS
        if rhythm.patience is not None and rhythm.patience != BACKLOG_AGE
    ]
    return f"{duration_in_words(BACKLOG_AGE)} ({', '.join(longer)})"


PARTS: Mapping[str, Callable[[], str]] = {
    "overview": _overview,
    "types": _types,
    "night": _night,
    "patience": _patience,
}
