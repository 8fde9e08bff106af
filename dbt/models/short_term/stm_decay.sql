-- Grain: a trace. How well it could still be recalled from short-term memory alone, as of the clock, and whether its
-- time there is up. A view: decay is computed when it is read, never stored.
-- Cost: all traces.
{{ config(materialized="view") }}

with

traces as (
    select * from {{ ref("stm_traces") }}
),

aged as (
    select
        *,
        greatest({{ days_between("event_at", clock("short_term_memory")) }}, 0) as age_days
    from traces
),

final as (
    select
        memory_id,
        event_at,
        entered_stm_at,
        age_days,
        encoding_strength,
        {{ retrievability("age_days", var("stability_stm_days")) }} as retrievability,
        encoding_strength * {{ retrievability("age_days", var("stability_stm_days")) }} as current_strength,
        age_days * 1440 <= {{ var("stm_duration_minutes") }} as in_short_term_memory
    from aged
)

select * from final
