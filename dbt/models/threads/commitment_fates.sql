-- Grain: a commitment of which later notes tell (ephemeral): whoever says first that it is over is right, and until
-- then it may be moved.
-- Cost: the closings that were ever noted.
{{ config(materialized="ephemeral") }}

with

run as (
    select as_of, zone from {{ source("control", "clock") }} where rhythm = 'deep_sleep'
),

told as (
    select
        coalesce(again.first_id, closings.commitment_id) as first_id,
        closings.memory_id,
        closings.event_at,
        closings.outcome,
        closings.due_date,
        timezone(run.zone, closings.due_date + closings.due_time) as due_at,
        closings.content_key
    from {{ ref("note_closings") }} as closings
    cross join run
    left join {{ ref("noted_again") }} as again on closings.commitment_id = again.commitment_id
    where closings.event_at <= run.as_of
),

ended as (
    select *
    from told
    where outcome <> 'moved'
    qualify row_number() over (partition by first_id order by event_at, memory_id) = 1
),

moved as (
    select told.*
    from told
    left join ended on told.first_id = ended.first_id
    where
        told.outcome = 'moved'
        and told.due_date is not null
        and (ended.first_id is null or (told.event_at, told.memory_id) < (ended.event_at, ended.memory_id))
    qualify row_number() over (partition by told.first_id order by told.event_at desc, told.memory_id desc) = 1
),

heard as (
    select first_id, list(content_key) as made_of from told group by first_id
),

final as (
    select
        heard.first_id,
        heard.made_of,
        ended.outcome,
        ended.memory_id as ended_by,
        ended.event_at as ended_at,
        moved.due_date as moved_to,
        moved.due_at as moved_to_instant
    from heard
    left join ended on heard.first_id = ended.first_id
    left join moved on heard.first_id = moved.first_id
)

select * from final
