-- Grain: a memory replayed in this run. Ephemeral: a part of replay_events. What is planned, with its trace.
-- Cost: the replays of this run.
{{ config(materialized="ephemeral") }}

select
    plan.phase, plan.night, plan.cycle, plan.version_hash, plan.prefix_key, plan.repetitions, plan.is_old,
    plan.event_at as replayed_at,
    traces.memory_id, traces.episode_id, traces.waking_day, traces.event_at, traces.ready_at, traces.cues,
    traces.place_key, traces.is_understood, traces.vector
from {{ ref("replay_plan") }} as plan
inner join {{ ref("recallable_traces") }} as traces on plan.memory_id = traces.memory_id
