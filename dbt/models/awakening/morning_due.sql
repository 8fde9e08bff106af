-- Grain: a commitment that a morning could tell: due on its day, late after it, clashing with another of the same time.
-- Ephemeral, a part of morning_items. A commitment surfaces on its day and no earlier (Einstein & McDaniel 1990).
-- Cost: the commitments.
{{ config(materialized="ephemeral") }}

with

today as (
    select mornings.* from {{ ref("mornings") }} as mornings where mornings.morning = {{ this_morning() }}
),

open as (
    select
        commitments.*,
        coalesce(commitments.due_at, timezone(today.zone, cast(commitments.due_date as timestamp))) as instant
    from {{ ref("served_commitments") }} as commitments
    cross join today
    where commitments.state in ('open', 'late') and commitments.due_date is not null
),

told as (
    select
        open.*,
        today.morning,
        case
            when open.due_date = today.morning then 'due'
            when
                open.state = 'late'
                and open.due_date < today.morning
                and open.due_date >= today.morning - cast({{ var("morning_look_back_days") }} as integer)
                then 'late'
        end as told_as
    from open
    cross join today
),

due_and_late as (
    select
        told_as as kind,
        told_as || ' ' || commitment_id as item_key,
        row_number() over (
            partition by told_as
            order by case when told_as = 'late' then -epoch(instant) else epoch(instant) end, commitment_id
        ) as place,
        what as text,
        to_json(
            {who: who, to_whom: to_whom, due_at: due_at, due_date: due_date, commitment_id: commitment_id}
        ) as detail,
        [opened_by] as memory_ids
    from told
    where told_as is not null
),

-- Of two that clash, one line; told on the day.
clashing as (
    select told.*, unnest(told.clashes_with) as other_id from told where told.told_as = 'due'
),

clashes as (
    select
        'clash' as kind,
        'clash ' || mine.commitment_id || ' ' || mine.other_id as item_key,
        row_number() over (order by mine.instant, mine.commitment_id, mine.other_id) as place,
        mine.what as text,
        to_json({other: other.what, due_at: mine.due_at, due_date: mine.due_date}) as detail,
        list_distinct([mine.opened_by, other.opened_by]) as memory_ids
    from clashing as mine
    inner join told as other on mine.other_id = other.commitment_id
    where mine.commitment_id < other.commitment_id or other.told_as is distinct from 'due'
),

final as (
    select * from due_and_late
    union all
    select * from clashes
)

select * from final
