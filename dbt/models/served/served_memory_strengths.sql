-- Grain: an attended memory. A view, published as codex_processed.memory_strengths: what replay made of its trace.
-- Cost: all traces.
with

traces as (
    select * from {{ ref("stm_traces") }}
),

strengths as (
    select * from {{ ref("trace_strength") }}
),

final as (
    select
        traces.memory_id,
        traces.episode_id,
        traces.encoding_strength,
        strengths.strength,
        strengths.consolidated_at
    from traces
    inner join strengths on traces.memory_id = strengths.memory_id
)

select * from final
