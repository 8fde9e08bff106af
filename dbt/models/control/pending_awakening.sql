-- Grain: one row: whether the morning of the owner's day is still to be written. A view; control.pending has all
-- rhythms.
-- Cost: the mornings; and a look whether there is any memory.
with

mornings as (
    select count(*) as written
    from {{ ref("mornings") }} as mornings
    inner join {{ ref("asking") }} as asking
        on mornings.morning = cast(timezone(asking.zone, asking.as_of) as date)
    where asking.rhythm = 'awakening'
),

memories as (
    select cast(exists (select 1 from {{ ref("stg_codex_store__memories") }}) as integer) as known
),

questions as (
    select
        1 as place,
        case when memories.known > 0 and mornings.written = 0 then 1 else 0 end as waiting,
        'morning is to be written' as what
    from mornings
    cross join memories
),

final as (
    {{ first_that_waits("awakening") }}
)

select * from final
