-- Grain: a trace that is ready for replay as of the latest clock. A view: readiness is a matter of time, looked at when
-- it is read. Readers with an earlier clock compare ready_at themselves.
-- Cost: all traces.
{{ config(materialized="view") }}

select
    memory_id,
    experience_id,
    episode_id,
    waking_day,
    event_at,
    ready_at,
    ready_because
from {{ ref("stm_traces") }}
where ready_at <= (select max(as_of) from {{ source("control", "clock") }})
