"""What learning from a store will ask of a language model, before it does: notes, calls, tokens, hours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from include.lake.connection import Lake
from include.language_model.tasks import TASKS
from include.parameters import parameters
from include.store.contract import NOT_SUPPRESSED, read_contract

CHARACTERS_A_TOKEN = 4
TOKENS_A_SECOND = 40.0
"""Of an answer, where nothing was measured."""
READ_A_SECOND = 400.0
"""Tokens of a question that a model reads in a second, where nothing was measured."""
ANSWER_TOKENS = 200
"""Of one answer, where nothing was measured."""
ENOUGH = 20
"""Calls of a task from which what they cost on average is taken for what the next will."""

_SHARES: Mapping[str, float] = {
    "perceive": 1.0,
    "relate": 1.0,
    "pattern_discovery": 0.5,
    "semantic_summary": 0.5,
    "thread": 0.1,
    "dream": 0.05,
    "dream_choice": 0.02,
}
"""Calls a note where nothing was measured: at most, since what is not attended is asked about twice alone."""
_NOTES_READ: Mapping[str, int] = {"relate": 6, "pattern_discovery": 6, "thread": 10, "dream": 2, "dream_choice": 6}
"""How many notes' text a question holds, where that is more than one."""

_SOURCE = f"""
    WITH notes AS (
        SELECT id::text AS id, coalesce(content, '') AS content, created_at FROM public.memories {NOT_SUPPRESSED}
    ),
    judged AS (
        SELECT content, CASE
            WHEN %(since)s::timestamptz IS NOT NULL AND created_at < %(since)s THEN 'older'
            WHEN length(trim(content)) < %(shortest)s THEN 'too short'
            WHEN length(content) > %(longest)s THEN 'too long'
            WHEN %(known)s AND id IN (SELECT memory_id::text FROM {{known}}) THEN 'known already'
            WHEN row_number() OVER (PARTITION BY md5(trim(content)) ORDER BY created_at, id) > 1 THEN 'said before'
            ELSE '' END AS skipped
        FROM notes
    )
    SELECT skipped, count(*), coalesce(sum(length(content)), 0) FROM judged GROUP BY skipped
"""  # noqa: S608 - no values
_MEASURED = """
    select
        task, count(*), avg(latency_ms) filter (where model = $model) / 1000,
        avg(prompt_tokens) filter (where model = $model), avg(answer_tokens) filter (where model = $model)
    from control.llm_calls where outcome in ('answered', 'repaired') group by task
"""


@dataclass(frozen=True)
class TaskPlan:
    """What one task will ask: calls, tokens that are read and written, seconds of the model's work."""

    task: str
    calls: int
    tokens: int
    seconds: float
    is_measured: bool


@dataclass(frozen=True)
class Plan:
    """Notes that will be learned from, how many of others are skipped and why, and what each task will ask."""

    model: str
    notes: int
    skipped: Mapping[str, int]
    tasks: tuple[TaskPlan, ...]

    @property
    def calls(self) -> int:
        """Of all tasks."""
        return sum(task.calls for task in self.tasks)

    @property
    def tokens(self) -> int:
        """Of all tasks."""
        return sum(task.tokens for task in self.tasks)

    @property
    def hours(self) -> float:
        """Of the model's work, one call after the other."""
        return sum(task.seconds for task in self.tasks) / 3600

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "model": self.model,
            "notes": self.notes,
            "skipped": dict(self.skipped),
            "calls": self.calls,
            "tokens": self.tokens,
            "hours": round(self.hours, 2),
            "tasks": [vars(task) for task in self.tasks],
        }


def plan(
    store: psycopg.Connection[Any],
    lake: Lake,
    model: str,
    *,
    since: datetime | None = None,
    seconds_a_call: float | None = None,
) -> Plan:
    """What is ahead, from the notes that there are and from what calls of this model have cost so far.

    A lower number of calls is possible, since only attended notes are asked about at every stage; kept answers cost
    nothing. Raises CodexError where there is no source table.

    :param since: notes of before are left out
    :param seconds_a_call: instead of what was measured, or is assumed (40 tokens a second)
    """
    read_contract(store)
    given = parameters()
    is_known = store.execute("SELECT to_regclass('codex_processed.memory_index') IS NOT NULL").fetchone() == (True,)
    known = "codex_processed.memory_index" if is_known else "(SELECT NULL::uuid AS memory_id) AS none"
    rows = store.execute(
        _SOURCE.format(known=known),
        {
            "since": since,
            "shortest": given.min_content_length,
            "longest": given.max_content_length,
            "known": is_known,
        },
    ).fetchall()
    counted = {skipped: (count, characters) for skipped, count, characters in rows}
    notes, characters = counted.pop("", (0, 0))
    measured = _measured(lake, model) if is_known else {}
    text_tokens = characters / CHARACTERS_A_TOKEN / notes if notes else 0.0
    tasks = tuple(_of_task(name, notes, text_tokens, measured, seconds_a_call) for name in TASKS if name in _SHARES)
    return Plan(model, notes, {skipped: count for skipped, (count, _) in sorted(counted.items())}, tasks)


def _measured(lake: Lake, model: str) -> dict[str, tuple[int, float | None, float | None, float | None]]:
    """By task: calls so far, by any model; and seconds, tokens read and written of an average call of this one."""
    with lake.connect(threads=1) as connection:
        rows = connection.execute(_MEASURED, {"model": model}).fetchall()
    return {task: (count, seconds, read, written) for task, count, seconds, read, written in rows}


def _of_task(
    name: str,
    notes: int,
    text_tokens: float,
    measured: Mapping[str, tuple[int, float | None, float | None, float | None]],
    seconds_a_call: float | None,
) -> TaskPlan:
    count, seconds, read, written = measured.get(name, (0, None, None, None))
    perceived = measured.get("perceive", (0, None, None, None))[0]
    share = count / perceived if perceived >= ENOUGH else _SHARES.get(name, 0.0)
    calls = round(notes * share)
    is_measured = count >= ENOUGH and seconds is not None
    if not is_measured or read is None or written is None:
        read = len(TASKS[name].system) / CHARACTERS_A_TOKEN + text_tokens * _NOTES_READ.get(name, 1)
        written = ANSWER_TOKENS
    if not is_measured or seconds is None:
        seconds = read / READ_A_SECOND + written / TOKENS_A_SECOND
    return TaskPlan(
        name, calls, round(calls * (read + written)), round(calls * (seconds_a_call or seconds), 1), is_measured
    )
