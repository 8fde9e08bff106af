-- Grain: a dream that was kept. A view, published as codex_processed.creative_insights.
-- Cost: all dreams.
with

dreams as (
    select * from {{ ref("creative_insights") }} where is_kept
),

final as (
    select
        dream_id as id,
        coalesce(concerned_id, memory_a) as source_memory_1,
        coalesce(other_id, memory_b) as source_memory_2,
        [source_memory_1, source_memory_2] as source_memory_ids,
        creative_connection,
        'rem_sleep' as discovery_type,
        shared_theme,
        plausibility,
        novelty,
        night,
        cycle,
        model,
        prompt_version,
        event_at as created_at
    from dreams
)

select * from final
