-- Grain: a stage of memory. A view: how many memories got how far (the funnel).
-- Cost: all memories at all stages, which are counted.
with

stages as (
    select 1 as step, 'source' as stage, count(*) as memories, max(event_at) as latest_event_at
    from {{ ref("stg_codex_store__current_memories") }}
    union all
    select 2, 'attended', count(*), max(event_at) from {{ ref("wm_admissions") }} where fate = 'attended'
    union all
    select 3, 'traces', count(*), max(event_at) from {{ ref("stm_traces") }}
    union all
    select 4, 'replayed', count(*), max(last_replayed_at)
    from {{ ref("trace_strength") }}
    where last_replayed_at is not null
    union all
    select 5, 'consolidated', count(*), max(consolidated_at) from {{ ref("memory_replay") }}
    union all
    select 6, 'knowledge', count(*), max(entered_ltm_at) from {{ ref("ltm_semantic_network") }}
    union all
    select 7, 'dreams', count(*), max(event_at) from {{ ref("creative_insights") }} where is_kept
    union all
    select 8, 'archived', count(*), max(pruned_at)
    from {{ ref("pruned") }}
    where kind = 'memory' and restored_at is null
)

select * from stages
order by step
