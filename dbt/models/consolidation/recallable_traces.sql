-- Grain: a trace that can come to mind, as of replay's clock. Ephemeral: a part of replay_events. With its vector, and
-- its place in a form that can be compared.
-- Cost: all traces, with their vectors.
{{ config(materialized="ephemeral") }}

select
    traces.memory_id,
    traces.episode_id,
    traces.waking_day,
    traces.event_at,
    traces.ready_at,
    traces.cues,
    lower(trim(traces.place)) as place_key,
    -- What no model could understand is replayed, but it brings nothing to mind and nothing brings it to mind.
    traces.model is not null as is_understood,
    embeddings.vector
from {{ ref("stm_traces") }} as traces
left join {{ embeddings() }} as embeddings on traces.embedding_hash = embeddings.input_hash
where traces.ready_at <= {{ clock("hippocampal_replay") }}
