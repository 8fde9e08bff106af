"""The language model in a period: questions, calls, their cost, and the share answered from kept answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.monitoring.metrics.rows import rows_of
from include.settings import settings

if TYPE_CHECKING:
    import duckdb

    from include.monitoring.metrics.period import Period

# An answer that was sent back for repair is a call, and no question: its question has a row of its own.
_FIGURES = """
    count(*) filter (where outcome <> 'sent_back') as questions,
    count(*) filter (where outcome = 'hit') as hits,
    round(
        count(*) filter (where outcome = 'hit') / nullif(count(*) filter (where outcome <> 'sent_back'), 0), 4
    ) as hit_rate,
    count(*) filter (where outcome <> 'hit') as calls,
    count(*) filter (where outcome = 'answered') as answered,
    count(*) filter (where outcome = 'repaired') as repaired,
    count(*) filter (where outcome = 'invalid') as invalid,
    count(*) filter (where outcome = 'unavailable') as unavailable,
    round(quantile_cont(latency_ms, 0.5) filter (where outcome <> 'hit'), 1) as p50_latency_ms,
    round(quantile_cont(latency_ms, 0.95) filter (where outcome <> 'hit'), 1) as p95_latency_ms,
    cast(coalesce(sum(prompt_tokens), 0) as bigint) as prompt_tokens,
    cast(coalesce(sum(answer_tokens), 0) as bigint) as answer_tokens,
    cast(coalesce(sum(cached_tokens), 0) as bigint) as cached_tokens,
    round(coalesce(sum(latency_ms) filter (where outcome <> 'hit'), 0) / 1000, 1) as model_seconds,
    cast(coalesce(sum(stragglers), 0) as bigint) as stragglers
"""

_ASKED = "from control.llm_calls where called_at > $since and called_at <= $until"


def language_model(connection: duckdb.DuckDBPyConnection, period: Period) -> dict[str, Any]:
    """Totals of the period, the same for each task and model, by whole days, and what is kept and given up at present.

    Latencies are milliseconds a call, quantiles over calls (not over hits). Null where nothing
    was asked. `model_seconds` are those of the calls, added up: of several at a time, each. `cost` is by the
    owner's day and task.
    """
    given = {"since": period.since, "until": period.until}
    [total] = rows_of(connection, f"select {_FIGURES} {_ASKED}", given)
    tasks = rows_of(
        connection,
        f"select task, model, {_FIGURES} {_ASKED} group by task, model order by task, model",
        given,
    )
    [kept] = rows_of(
        connection,
        "select (select count(*) from control.llm_responses) as kept_answers, "
        "(select count(*) from control.embeddings) as kept_vectors, "
        "(select count(*) from control.given_up) as given_up",
        {},
    )
    cost = rows_of(
        connection,
        """
        select
            cast(timezone($zone, called_at) as date) as day,
            task,
            count(*) as calls,
            cast(coalesce(sum(prompt_tokens), 0) as bigint) as prompt_tokens,
            cast(coalesce(sum(answer_tokens), 0) as bigint) as answer_tokens,
            cast(coalesce(sum(cached_tokens), 0) as bigint) as cached_tokens,
            round(coalesce(sum(latency_ms), 0) / 1000, 1) as model_seconds,
            cast(coalesce(sum(stragglers), 0) as bigint) as stragglers
        from control.llm_calls
        where called_at > $since and called_at <= $until and outcome <> 'hit'
        group by day, task
        order by day, task
        """,
        given | {"zone": settings().codex_timezone},
    )
    days = rows_of(
        connection,
        "select * from monitoring.performance_metrics where day between $since::date and $until::date "
        "order by day, task, model",
        given,
    )
    return {**total, **kept, "tasks": tasks, "cost": cost, "days": days}
