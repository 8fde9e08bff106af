"""Observations of a time-lapse: after each night, and once at the end; as tables that become CSV files."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from math import fsum, inf
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple
from uuid import UUID

import duckdb

from include.lake.connection import configured_lake
from include.parameters import parameters
from include.reading.decay_curve import retrievability
from include.rhythms.sleep_plan import SleepPlan
from include.settings import settings
from include.timelapse.nights import LivedNight

TRACKED = 6
"""How many single memories are followed through the nights."""
WAKING = timedelta(hours=16)
LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
SAMPLES_A_DAY = 4
"""How often a followed memory's retrievability is looked at between two nights."""
STABILITIES = ((2.0, "under 2 days"), (7.0, "2 to 7 days"), (30.0, "7 to 30 days"), (inf, "30 days and more"))
"""Below how many days of stability a group of memories lies, and its name."""

_NIGHT = """
    with replays as (
        select
            coalesce(sum(repetitions) filter (where not is_old), 0) as new_replays,
            coalesce(sum(repetitions) filter (where is_old), 0) as old_replays
        from consolidation.replay_events
        where phase = 'asleep' and partner_id is null and night = $night
    )

    select
        $night as night,
        (select count(*) from short_term.stm_traces) as traces,
        (select count(*) from consolidation.trace_strength where consolidated_at is not null) as consolidated,
        (select count(*) from long_term.ltm_semantic_network) as knowledge,
        (select new_replays from replays) as new_replays,
        (select old_replays from replays) as old_replays,
        (select count(*) from rem.rem_pairs where night = $night) as dreams,
        (select count(*) from consolidation.memory_associations) as links,
        $median_retrievability as median_retrievability,
        $median_stability_days as median_stability_days,
        (select count(*) from homeostasis.pruned where kind = 'memory' and restored_at is null) as archived_memories,
        (select count(*) from homeostasis.pruned where kind = 'link') as pruned_links
"""

_WEIGHTS = """
    select
        $night as night, count(*) as links, avg(effective_weight) as mean,
        quantile_cont(effective_weight, 0.05) as q05, quantile_cont(effective_weight, 0.25) as q25,
        quantile_cont(effective_weight, 0.5) as q50, quantile_cont(effective_weight, 0.75) as q75,
        quantile_cont(effective_weight, 0.95) as q95
    from consolidation.memory_associations
    having count(*) > 0
"""

_WEIGHT_BINS = """
    select
        $night as night, floor(effective_weight / 0.02) * 0.02 as weight_from,
        floor(effective_weight / 0.02) * 0.02 + 0.02 as weight_to, count(*) as links
    from consolidation.memory_associations
    group by all
    order by weight_from
"""

# Of consolidated memories, evenly from the least to the most stable: which are worth following is seen at the end, so
# all are noted, and the chosen ones are written.
_SNAPSHOT = """
    select memory_id, last_event_at, stability_days, access_count, is_archived from long_term.ltm_strength
"""

_BUSIEST_DAY = """
    with days as (
        select cast(timezone($zone, event_at) as date) as day, count(*) as memories
        from working_memory.wm_admissions
        where event_at between $from_at and $to_at
        group by day
    )

    select day from days order by memories desc, day limit 1
"""

_ATTENTION = """
    select
        timezone($zone, admissions.event_at) as local_time, timezone($zone, admissions.window_start) as window_start,
        admissions.fate, admissions.in_focus, admissions.slot, admissions.capacity, admissions.priority,
        admissions.importance, admissions.urgency, admissions.arousal,
        coalesce(memories.summary, left(regexp_replace(memories.content, '\\s+', ' ', 'g'), 60)) as title
    from working_memory.wm_admissions as admissions
    inner join staging.stg_codex_store__current_memories as memories on admissions.memory_id = memories.memory_id
    where cast(timezone($zone, admissions.event_at) as date) = $day
    order by admissions.event_at, admissions.memory_id
"""

_CYCLES = """
    select
        cycle,
        coalesce(sum(repetitions) filter (where not is_old), 0) as new_replays,
        coalesce(sum(repetitions) filter (where is_old), 0) as old_replays,
        (select count(*) from rem.rem_pairs where night = $night and rem_pairs.cycle = events.cycle) as dreams
    from (
        select cycle, repetitions, is_old
        from consolidation.replay_events
        where phase = 'asleep' and partner_id is null and night = $night
        union all
        select unnest(range(1, $cycles + 1)) as cycle, 0 as repetitions, false as is_old
    ) as events
    group by cycle
    order by cycle
"""


class _Trace(NamedTuple):
    """How a consolidated memory stood in a morning; what it says of recall at any instant follows from it."""

    memory_id: UUID
    last_event_at: datetime
    stability_days: float
    access_count: int
    is_archived: bool

    def retrievability(self, at: datetime) -> float:
        """How surely it is recalled at an instant without another event, 0 to 1."""
        days = (at - self.last_event_at) / DAY
        return retrievability(days, self.stability_days, parameters().decay_exponent)


@dataclass(frozen=True)
class Sheet:
    """A table of observations: the names of its columns and its rows."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]

    def column(self, name: str) -> list[Any]:
        """All values of a column."""
        place = self.columns.index(name)
        return [row[place] for row in self.rows]

    def where(self, name: str, value: Any) -> Sheet:
        """The rows that have a value in a column."""
        place = self.columns.index(name)
        return Sheet(self.columns, [row for row in self.rows if row[place] == value])

    def write(self, path: Path) -> None:
        """As CSV, instants in ISO 8601."""
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(self.columns)
            writer.writerows([_written(value) for value in row] for row in self.rows)


def _written(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return f"{value:.9g}" if isinstance(value, float) else value


@dataclass
class Observations:
    """All that was seen. Sheets by name: nights, weights, weight_bins, fading, followed, attention, hypnogram."""

    sheets: dict[str, Sheet] = field(default_factory=dict)
    _snapshots: list[tuple[LivedNight, list[_Trace]]] = field(default_factory=list)

    def look(self, lived: LivedNight) -> None:
        """Look at memory as it is in the morning after a night."""
        with lived.lake.connect(threads=2) as lake:
            traces = [_Trace(*row) for row in lake.execute(_SNAPSHOT).fetchall()]
            there = [trace for trace in traces if not trace.is_archived]
            given = {
                "night": lived.night,
                "median_retrievability": _median([trace.retrievability(lived.awake_at) for trace in there]),
                "median_stability_days": _median([trace.stability_days for trace in there]),
            }
            for name, question in {"nights": _NIGHT, "weights": _WEIGHTS, "weight_bins": _WEIGHT_BINS}.items():
                self._ask(name, lake, question, given)
        self._add("fading", _fading(lived, traces))
        self._snapshots.append((lived, traces))

    def conclude(self) -> None:
        """Make the observations of the end, when the last night is over."""
        plan = SleepPlan.of(parameters(), settings().zone)
        zone = plan.zone.key
        with configured_lake().connect(threads=2) as lake:
            nights = [lived.night for lived, _ in self._snapshots]
            span = {"from_at": plan.cycle_start(nights[0], 1) - WAKING, "to_at": self._snapshots[-1][0].awake_at}
            day = lake.execute(_BUSIEST_DAY, {"zone": zone, **span}).fetchone()
            if day is None:  # nothing new came in these days: the busiest of all
                ever = span | {"from_at": LONG_AGO}
                day = lake.execute(_BUSIEST_DAY, {"zone": zone, **ever}).fetchone()
            self._ask("attention", lake, _ATTENTION, {"zone": zone, "day": day[0] if day else date.min})
            night = self._night_to_show()
            self._ask("hypnogram", lake, _CYCLES, {"night": night, "cycles": plan.cycles})
            self.sheets["hypnogram"] = _timed(self.sheets["hypnogram"], night, plan)
            self.sheets["followed"] = self._followed(lake)

    def write(self, folder: Path) -> list[Path]:
        """Every sheet as CSV; returns the files."""
        written = []
        for name, sheet in sorted(self.sheets.items()):
            path = folder / f"{name}.csv"
            sheet.write(path)
            written.append(path)
        return written

    def _ask(self, name: str, lake: duckdb.DuckDBPyConnection, question: str, given: Mapping[str, Any]) -> None:
        used = {key: value for key, value in given.items() if f"${key}" in question}
        answer = lake.execute(question, used)
        self._add(name, Sheet(tuple(str(column[0]) for column in answer.description or ()), answer.fetchall()))

    def _add(self, name: str, seen: Sheet) -> None:
        if name in self.sheets:
            self.sheets[name].rows.extend(seen.rows)
        else:
            self.sheets[name] = seen

    def _night_to_show(self) -> date:
        """A night with much replay; the first one, which may hold years at once, only where there is no other."""
        nights = self.sheets["nights"]
        candidates = list(
            zip(nights.column("night"), nights.column("new_replays"), nights.column("dreams"), strict=True)
        )
        later = [entry for entry in candidates[1:] if entry[1] > 0] or candidates
        return date.fromisoformat(str(max(later, key=lambda entry: (entry[1], entry[2], entry[0]))[0])[:10])

    def _followed(self, lake: duckdb.DuckDBPyConnection) -> Sheet:
        """Some memories, from the least to the most stable, and how well they could be recalled between the nights."""
        chosen = self._chosen()
        titles = dict(
            lake.execute(
                "select memory_id, coalesce(summary, left(regexp_replace(content, '\\s+', ' ', 'g'), 60)) "
                "from staging.stg_codex_store__current_memories where list_contains($chosen, memory_id)",
                {"chosen": chosen},
            ).fetchall()
        )
        rows = []
        for index, (lived, traces) in enumerate(self._snapshots):
            until = self._snapshots[index + 1][0].awake_at if index + 1 < len(self._snapshots) else lived.awake_at
            steps = max(1, min(round((until - lived.awake_at) / DAY * SAMPLES_A_DAY), 40))
            for trace in (trace for trace in traces if trace.memory_id in chosen):
                for step in range(steps):
                    at = lived.awake_at + (until - lived.awake_at) * step / steps
                    recalled = trace.retrievability(at), trace.stability_days, trace.access_count
                    rows.append((trace.memory_id, titles.get(trace.memory_id, ""), at, *recalled))
        rows.sort(key=lambda row: (row[0], row[2]))
        return Sheet(("memory_id", "title", "at", "retrievability", "stability_days", "retrievals"), rows)

    def _chosen(self) -> list[Any]:
        """Memories that were known long enough to be followed, evenly from the least to the most stable at the end."""
        if not self._snapshots:
            return []
        early = self._snapshots[len(self._snapshots) // 3][1]
        known = {trace.memory_id for trace in early}
        last = sorted(
            (trace.stability_days, str(trace.memory_id), trace.memory_id)
            for trace in self._snapshots[-1][1]
            if trace.memory_id in known
        )
        if len(last) <= TRACKED:
            return [memory_id for _, _, memory_id in last]
        return [last[round(index * (len(last) - 1) / (TRACKED - 1))][2] for index in range(TRACKED)]


def _median(values: list[float]) -> float | None:
    return median(values) if values else None


def _fading(lived: LivedNight, traces: Sequence[_Trace]) -> Sheet:
    """How surely memories are recalled in the morning, by stability and whole days since their last event."""
    found: dict[tuple[str, float], list[float]] = {}
    for trace in traces:
        if trace.last_event_at <= lived.awake_at:
            stability = next(name for below, name in STABILITIES if trace.stability_days < below)
            days = float((lived.awake_at - trace.last_event_at) // DAY)
            found.setdefault((stability, days), []).append(trace.retrievability(lived.awake_at))
    return Sheet(
        ("night", "stability", "days_since", "memories", "retrievability_sum"),
        [(lived.night, *group, len(values), fsum(values)) for group, values in sorted(found.items())],
    )


def _timed(cycles: Sheet, night: date, plan: SleepPlan) -> Sheet:
    """The night's cycles with when each part begins and ends, local time."""
    rows = []
    for row in cycles.rows:
        starts = plan.cycle_start(night, row[0]), plan.rem_start(night, row[0]), plan.cycle_start(night, row[0] + 1)
        rows.append((night, *(instant.astimezone(plan.zone) for instant in starts), *row))
    return Sheet(("night", "slow_wave_from", "rem_from", "rem_to", *cycles.columns), rows)
