-- Grain: (note, commitment) whose fate the note tells (ephemeral).
-- Cost: all traces that were compared, by what they close.
{{ config(materialized="ephemeral") }}

with

closed as (
    select memory_id, event_at, commitment_ids, unnest(closes) as closing
    from {{ ref("note_relations") }}
),

read as (
    select
        memory_id,
        event_at,
        commitment_ids[closing['commitment']] as commitment_id,
        closing['outcome'] as outcome,
        try_cast(closing['due'] as date) as due_date,
        try_cast(closing['due_time'] as time) as due_time
    from closed
),

final as (
    select
        *,
        md5_number_lower(
            concat_ws('|', memory_id, commitment_id, event_at, outcome, due_date, due_time)
        ) as content_key
    from read
    where commitment_id in (select commitment_id from {{ ref("note_commitments") }})
    qualify row_number() over (partition by memory_id, commitment_id order by outcome, due_date, due_time) = 1
)

select * from final
