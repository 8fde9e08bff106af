"""Retention of answers and calls: by last use, and always those that a present memory's rows come from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from include.lake.connection import Lake
from include.language_model.ledger import committed

KEEP_UNUSED_DAYS = 90
"""An answer that nobody can need any more goes when it was not used for this long; so does the record of calls."""


@dataclass(frozen=True)
class Dropped:
    """How many rows went."""

    answers: int
    vectors: int
    calls: int


# Last use is the last call or hit. An answer may be needed as long as its contract is the present one and a memory that
# it was asked for is there: a rebuild of everything would ask for it, however old it is.
_UNUSED = """
    create or replace temp table unused as
    with uses as (
        select contract, input_hash, max(called_at) as used_at, list(distinct request_id) as request_ids
        from control.llm_calls
        group by contract, input_hash
    ),

    memories as (
        select cast(memory_id as varchar) as memory_id from staging.stg_codex_store__current_memories
        union
        select cast(thread_id as varchar) as memory_id from threads.thread_places where thread_id is not null
    ),

    wanted as (
        select distinct uses.contract, uses.input_hash
        from uses
        inner join control.answer_contracts using (contract)
        cross join unnest(uses.request_ids) as asked(request_id)
        inner join memories
            on
                memories.memory_id = left(asked.request_id, 36)
                or memories.memory_id = left(split_part(asked.request_id, '+', 2), 36)
    ),

    kept as (
        select contract, input_hash, answered_at as kept_at from control.llm_responses
        union all
        select contract, input_hash, null as kept_at from control.embeddings
    )

    select distinct kept.contract, kept.input_hash
    from kept
    left join uses using (contract, input_hash)
    where
        coalesce(uses.used_at, kept.kept_at) < $before
        and (kept.contract, kept.input_hash) not in (select (contract, input_hash) from wanted)
"""

_THEIRS = "where (contract, input_hash) in (select (contract, input_hash) from unused)"
# The record of a kept answer stays: it has when, and for which memory.
_DROP_CALLS = """
    delete from control.llm_calls
    where
        called_at < $before
        and (
            outcome = 'hit'
            or (contract, input_hash) not in (
                select (contract, input_hash) from control.llm_responses
                union all
                select (contract, input_hash) from control.embeddings
            )
        )
"""


def drop_unused(lake: Lake, now: datetime | None = None) -> Dropped:
    """Drop answers and vectors of former contracts or gone memories that were not used for 90 days, and old calls.

    An answer's use is a call or a hit. Returns how many rows went.
    """
    before = (now or datetime.now(UTC)) - timedelta(days=KEEP_UNUSED_DAYS)
    with lake.connect() as connection:
        went: list[int] = []

        def write() -> None:
            connection.execute(_UNUSED, {"before": before})
            went[:] = [
                int(connection.execute(statement, given).fetchall()[0][0])
                for statement, given in (
                    (f"delete from control.llm_responses {_THEIRS}", {}),
                    (f"delete from control.embeddings {_THEIRS}", {}),
                    (_DROP_CALLS, {"before": before}),
                )
            ]

        committed(connection, write)
    return Dropped(*went)
