-- Grain: an attended memory of every waking day whose traces must be laid down, or laid down again: days where the
-- attended memories and the traces differ. Rebuilt each run. A waking day is remembered as a whole, so that episodes
-- and tags do not depend on when the stage ran.
-- Cost: memories of the days to be laid down; attended memories and traces are looked through by their keys.
with

attended as (
    select
        memory_id,
        version_hash,
        {{ waking_day("event_at", clock("working_memory", "zone")) }} as waking_day
    from {{ ref("wm_admissions") }}
    where fate = 'attended'
),

laid_down as (
    {{
        feedback_rows(
            "short_term",
            "stm_traces",
            {"memory_id": "uuid", "version_hash": "varchar", "waking_day": "date"},
            rebuildable=true,
        )
    }}
),

unsettled_days as (
    select attended.waking_day
    from attended
    left join laid_down
        on
            attended.memory_id = laid_down.memory_id
            and attended.version_hash = laid_down.version_hash
            and attended.waking_day = laid_down.waking_day
    where laid_down.memory_id is null
    union
    select laid_down.waking_day
    from laid_down
    left join attended
        on laid_down.memory_id = attended.memory_id and laid_down.waking_day = attended.waking_day
    where attended.memory_id is null
),

final as (
    select attended.memory_id, attended.version_hash, attended.waking_day
    from attended
    inner join unsettled_days on attended.waking_day = unsettled_days.waking_day
)

select * from final
order by waking_day, memory_id
