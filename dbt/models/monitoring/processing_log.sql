-- Grain: (memory, stage) that the memory has reached, or where it stopped. A view: the journey of every memory.
-- Cost: all memories at all stages.
with

attention as (
    select
        memory_id,
        1 as step,
        'working_memory' as stage,
        fate as event_type,
        event_at,
        cast(
            to_json({
                slot: slot, in_focus: in_focus, priority: round(priority, 4), rank: rank_in_window, capacity: capacity,
                importance: importance, urgency: urgency, arousal: arousal, reason: fate_reason, model: model
            }) as varchar
        ) as details
    from {{ ref("wm_admissions") }}
),

traces as (
    select
        memory_id,
        2 as step,
        'short_term' as stage,
        'encoded' as event_type,
        entered_stm_at as event_at,
        cast(
            to_json({
                encoding_strength: round(encoding_strength, 4), captured_strength: round(captured_strength, 4),
                goal: goal, place: place, people: people, episode_id: episode_id, ready_at: ready_at,
                ready_because: ready_because, model: model
            }) as varchar
        ) as details
    from {{ ref("stm_traces") }}
),

replays as (
    select
        strengths.memory_id,
        3 as step,
        'consolidation' as stage,
        case when strengths.consolidated_at is null then 'replayed' else 'consolidated' end as event_type,
        coalesce(strengths.consolidated_at, strengths.last_replayed_at) as event_at,
        cast(
            to_json({
                strength: round(strengths.strength, 4), threshold: {{ var("consolidation_threshold") }},
                activations: strengths.activations, last_replayed_at: strengths.last_replayed_at,
                associates: coalesce(len(replay.associates), 0)
            }) as varchar
        ) as details
    from {{ ref("trace_strength") }} as strengths
    left join {{ ref("memory_replay") }} as replay on strengths.memory_id = replay.memory_id
    where strengths.last_replayed_at is not null
),

knowledge as (
    select
        network.memory_id,
        4 as step,
        'long_term' as stage,
        case when strengths.is_archived then 'archived' else 'known' end as event_type,
        network.entered_ltm_at as event_at,
        cast(
            to_json({
                gist: network.semantic_gist, category: network.semantic_category,
                retrievability: round(strengths.retrievability, 4), stability_days: round(strengths.stability_days, 4),
                state: strengths.consolidation_state, model: network.model
            }) as varchar
        ) as details
    from {{ ref("ltm_semantic_network") }} as network
    inner join {{ ref("ltm_strength") }} as strengths on network.memory_id = strengths.memory_id
)

select * from attention
union all
select * from traces
union all
select * from replays
union all
select * from knowledge
