-- Grain: a memory of a told thread that holds an open point. Ephemeral: a part of rem_pairs and rem_requests. Open is
-- what was to be done and is not, and what its thread asks and nothing answers. What one is concerned with is what one
-- dreams of (current concerns, Klinger 1978; the unfinished stays in mind, Zeigarnik 1927).
-- Cost: all commitments, and what all threads leave open.
{{ config(materialized="ephemeral") }}

with

threads as (
    select * from {{ ref("threads") }} where title is not null
),

promised as (
    select opened_by as memory_id, what as open_point, due_date, opened_at as since
    from {{ ref("commitments") }}
    where state in ('open', 'late')
),

left_open as (
    select unnest(from_json(open, '[{"text": "varchar", "memory_ids": ["varchar"]}]')) as item, told_at
    from threads
),

asked as (
    select
        cast(unnest(left_open.item.memory_ids) as uuid) as memory_id,
        left_open.item.text as open_point,
        cast(null as date) as due_date,
        left_open.told_at as since
    from left_open
),

final as (
    select points.memory_id, places.thread_id, points.open_point, points.due_date
    from (
        select *, 1 as kind from promised
        union all
        select *, 2 as kind from asked
    ) as points
    inner join {{ ref("thread_places") }} as places on points.memory_id = places.memory_id
    inner join threads on places.thread_id = threads.thread_id
    -- The most pressing one of each note.
    qualify row_number() over (
        partition by points.memory_id
        order by points.kind, points.due_date nulls last, points.since, points.open_point
    ) = 1
)

select * from final
