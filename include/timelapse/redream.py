"""Past nights repeated in a shadow, with another model, prompt or parameter, and compared with what is served.

The installation is as it was afterwards: nothing is published, nothing but the shadow is written. Answers that are
kept for the same question under the same model and prompt are not asked for again.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from include.errors import CodexError
from include.parameters import parameters
from include.rhythms.catalogue import NIGHT, SYNAPTIC_HOMEOSTASIS
from include.rhythms.sleep_plan import SleepPlan
from include.runs.warm_rhythms import WarmRhythms
from include.settings import settings
from include.store.connection import connect
from include.timelapse.shadow import copy_answers, copy_corrections, copy_memories, copy_retrievals, shadow
from include.transfer import export as exporting

SUNDAY = 6
Tell = Callable[[str], None]

_KNOWLEDGE = """
    SELECT source_memory_id, semantic_gist, semantic_category, consolidated_strength
    FROM codex_processed.semantic_memory WHERE NOT is_archived AND consolidated_at <= %s
"""
_DREAMS = """
    SELECT source_memory_1, source_memory_2, plausibility
    FROM codex_processed.creative_insights WHERE night BETWEEN %s AND %s
"""
_INSIGHTS = "SELECT memory_id, key_insight, confidence_score FROM codex_processed.insights WHERE created_at <= %s"


@dataclass(frozen=True)
class Side:
    """What one side knows: how much, and how strong, sure and plausible on average (0 to 1; None of nothing)."""

    insights: int
    insight_confidence: float | None
    knowledge: int
    knowledge_strength: float | None
    categories: int
    dreams: int
    dream_plausibility: float | None


@dataclass(frozen=True)
class Redreamt:
    """What is served, the shadow's result for the same nights, and how the two differ."""

    first: date
    last: date
    nights: int
    served: Side
    shadow: Side
    insights_said_otherwise: int
    knowledge_in_both: int
    knowledge_said_otherwise: int
    knowledge_only_served: int
    knowledge_only_shadow: int
    dreams_in_both: int
    failing_tests: list[str]
    """Names of dbt's tests that fail in the shadow; it could not be served like this."""

    def as_json(self) -> dict[str, Any]:
        """For `--json`; means to four digits."""
        values = asdict(self)
        for side in ("served", "shadow"):
            values[side] = {
                name: round(value, 4) if isinstance(value, float) else value for name, value in values[side].items()
            }
        return values


@dataclass(frozen=True)
class _Known:
    insights: Mapping[UUID, tuple[str, float]]
    knowledge: Mapping[UUID, tuple[str, str, float]]
    dreams: Mapping[tuple[UUID, UUID], float]

    def side(self) -> Side:
        return Side(
            len(self.insights),
            _mean([confidence for _, confidence in self.insights.values()]),
            len(self.knowledge),
            _mean([strength for *_, strength in self.knowledge.values()]),
            len({category for _, category, _ in self.knowledge.values()}),
            len(self.dreams),
            _mean(list(self.dreams.values())),
        )


def _mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _known(url: str, first: date, last: date, until: datetime) -> _Known:
    with connect(url) as store:
        return _Known(
            {memory: (text, sure) for memory, text, sure in store.execute(_INSIGHTS, [until]).fetchall()},
            {memory: (gist, field, strong) for memory, gist, field, strong in store.execute(_KNOWLEDGE, [until])},
            {(one, other): plausible for one, other, plausible in store.execute(_DREAMS, [first, last])},
        )


def redream(
    first: date,
    last: date,
    folder: Path,
    *,
    model: str | None = None,
    changes: Mapping[str, Any] | None = None,
    export_to: Path | None = None,
    tell: Tell = lambda _: None,
) -> Redreamt:
    """Live through the nights that begin on the evenings `first` to `last` in a shadow below `folder`, and compare.

    All that was saved before the first of them is there already, and slept on in one night before. With `export_to`,
    the shadow's result is written there as JSON Lines. The store must be running.
    Raises CodexError for nights that are none, a parameter out of its range, a model that can't be chosen.
    """
    if last < first:
        raise CodexError(f"The nights from {first} to {last} are none: give --from before --to.")
    with _asking(model), shadow(folder, changes=changes, tell=tell) as beside:
        copy_memories(beside)
        copy_retrievals(beside)
        copy_corrections(beside)
        copy_answers(beside)
        plan = SleepPlan.of(parameters(), settings().zone)
        until = _morning(plan, last)
        with connect(beside.url) as store:
            store.execute("DELETE FROM public.memories WHERE created_at > %s", [until])
        with closing(WarmRhythms(NIGHT, audited=False)) as rhythms:
            night = first - timedelta(days=1)
            while night <= last:
                tell(f"Night of {night}" if night >= first else "All that was before")
                for rhythm in NIGHT:
                    if rhythm is not SYNAPTIC_HOMEOSTASIS or night.weekday() == SUNDAY:
                        rhythms.run(rhythm, _morning(plan, night), asleep=True)
                night += timedelta(days=1)
            failing = rhythms.failing_tests()
        if export_to is not None:
            with connect(beside.url) as store, export_to.open("wb") as file:
                exporting.write(store, "jsonl", file)
        return _compared(
            first,
            last,
            _known(beside.origin_url, first, last, until),
            _known(beside.url, first, last, until),
            failing,
        )


def _morning(plan: SleepPlan, night: date) -> datetime:
    """When the sleeper of a night wakes."""
    return plan.wakes(night)


def _compared(first: date, last: date, served: _Known, again: _Known, failing: list[str]) -> Redreamt:
    both = served.knowledge.keys() & again.knowledge.keys()
    return Redreamt(
        first,
        last,
        (last - first).days + 1,
        served.side(),
        again.side(),
        insights_said_otherwise=sum(
            served.insights[memory][0] != again.insights[memory][0]
            for memory in served.insights.keys() & again.insights.keys()
        ),
        knowledge_in_both=len(both),
        knowledge_said_otherwise=sum(served.knowledge[memory][0] != again.knowledge[memory][0] for memory in both),
        knowledge_only_served=len(served.knowledge.keys() - again.knowledge.keys()),
        knowledge_only_shadow=len(again.knowledge.keys() - served.knowledge.keys()),
        dreams_in_both=len(served.dreams.keys() & again.dreams.keys()),
        failing_tests=failing,
    )


@contextmanager
def _asking(model: str | None) -> Iterator[None]:
    """Ask another of the server's models for the time of a block."""
    if model is None:
        yield
        return
    given = settings()
    if given.ollama_url is None and given.openai_base_url is None:
        raise CodexError("--model names a model of a server, and there is none: set OLLAMA_URL or OPENAI_BASE_URL.")
    name = "OLLAMA_MODEL" if given.ollama_url is not None else "OPENAI_MODEL"
    before = os.environ.get(name)
    os.environ[name] = model
    settings.cache_clear()
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = before
        settings.cache_clear()
