-- Grain: a memory that was looked at before: its place the last time, and the thread it was in before this run. Rebuilt
-- each run, from the table that the same rhythm wrote the last time and from the ledger; the ledger's rows of this run
-- are left out, so that a run repeated sees what it saw.
-- Cost: all memories that were placed, and all moves.
with

run as (
    select * from {{ source("control", "clock") }} where rhythm = 'deep_sleep'
),

placed as (
    {{
        feedback_rows(
            "threads",
            "thread_places",
            {
                "memory_id": "uuid", "note_key": "varchar", "thread_id": "uuid", "evidence": "double",
                "language": "varchar", "placed_at": "timestamptz",
            },
        )
    }}
),

moves as (
    select moves.*
    from (
        {{
            feedback_rows(
                "threads",
                "thread_moves",
                {"memory_id": "uuid", "thread_id": "uuid", "as_of": "timestamptz", "beat": "bigint"},
            )
        }}
    ) as moves
    cross join run
    where moves.beat < run.beat
),

born as (
    select thread_id, min(as_of) as born_at from moves where thread_id is not null group by thread_id
),

last_moves as (
    select moves.memory_id, moves.thread_id, born.born_at
    from moves
    left join born on moves.thread_id = born.thread_id
    qualify row_number() over (partition by moves.memory_id order by moves.beat desc) = 1
),

final as (
    select
        coalesce(placed.memory_id, last_moves.memory_id) as memory_id,
        placed.note_key,
        placed.thread_id as placed_in,
        placed.evidence,
        placed.language,
        placed.placed_at,
        last_moves.thread_id,
        last_moves.born_at
    from placed
    full join last_moves on placed.memory_id = last_moves.memory_id
)

select * from final
order by memory_id
