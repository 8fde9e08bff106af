-- Grain: what became of a thread in one run: born, split (from another), grew, merged (into another) or ended. A
-- ledger: never rebuilt; a run repeated replaces its rows.
-- A thread comes from, or goes into, the one that at least half of its memories were in, or are in.
-- Cost: all memories that were placed; its rows are the threads that something moved in.
{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        full_refresh=false,
        pre_hook=[
            "{% if is_incremental() %}
            delete from {{ this }} where beat = {{ clock('deep_sleep', 'beat') }}
            {% endif %}",
        ],
    )
}}

with

run as (
    select * from {{ source("control", "clock") }} where rhythm = 'deep_sleep'
),

moves as (
    select moves.*
    from {{ ref("thread_moves") }} as moves
    inner join run on moves.beat = run.beat
),

was as (
    select thread_id, count(*) as members from {{ ref("thread_before") }} where thread_id is not null group by thread_id
),

now as (
    select thread_id, count(*) as members from {{ ref("thread_places") }} where thread_id is not null group by thread_id
),

flows as (
    select from_thread_id, thread_id, count(*) as memories
    from moves
    where from_thread_id is not null and thread_id is not null
    group by from_thread_id, thread_id
),

came_from as (
    select flows.thread_id, flows.from_thread_id
    from flows
    inner join now on flows.thread_id = now.thread_id and 2 * flows.memories >= now.members
    qualify
        row_number() over (partition by flows.thread_id order by flows.memories desc, flows.from_thread_id asc) = 1
),

went_into as (
    select flows.from_thread_id, flows.thread_id
    from flows
    inner join was on flows.from_thread_id = was.thread_id and 2 * flows.memories >= was.members
    qualify
        row_number() over (partition by flows.from_thread_id order by flows.memories desc, flows.thread_id asc) = 1
),

joined as (
    select thread_id, count(*) as memories from moves where thread_id is not null group by thread_id
),

happened as (
    select
        now.thread_id,
        case when came_from.from_thread_id is null then 'born' else 'split' end as event,
        came_from.from_thread_id as other_thread_id,
        now.members,
        now.members as joined
    from now
    left join came_from on now.thread_id = came_from.thread_id
    where now.thread_id not in (select thread_id from was)
    union all
    select now.thread_id, 'grew' as event, null as other_thread_id, now.members, joined.memories as joined
    from now
    inner join was on now.thread_id = was.thread_id
    inner join joined on now.thread_id = joined.thread_id
    union all
    select
        was.thread_id,
        case when went_into.thread_id is null then 'ended' else 'merged' end as event,
        went_into.thread_id as other_thread_id,
        was.members,
        0 as joined
    from was
    left join went_into on was.thread_id = went_into.from_thread_id
    where was.thread_id not in (select thread_id from now)
),

final as (
    select happened.*, run.as_of, run.night, run.beat
    from happened
    cross join run
)

select * from final
order by thread_id, event
