-- Grain: a dream that was kept. A view, published as codex_processed.creative_insights. What the owner rejected is left
-- out, and what they corrected has their words.
-- Cost: all dreams.
with

dreams as (
    select
        dreams.* replace (
            coalesce(
                {{ corrected(
                    "dream", "dreams.dream_id", "dreams.creative_connection", "[dreams.memory_a, dreams.memory_b]"
                ) }},
                dreams.creative_connection
            ) as creative_connection
        ),
        dreams.creative_connection as dreamt
    from {{ ref("creative_insights") }} as dreams
    where
        dreams.is_kept
        and not {{ is_rejected(
            "dream", "dreams.dream_id", "dreams.creative_connection", "[dreams.memory_a, dreams.memory_b]"
        ) }}
        -- What was dreamt of knowledge that the owner rejected goes with it.
        and not exists (
            select 1
            from {{ owners_word("reject", "knowledge") }} as rejections
            where rejections.memory_ids[1] in (dreams.memory_a, dreams.memory_b)
        )
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
        case when creative_connection = dreamt then model else 'owner' end as model,
        prompt_version,
        event_at as created_at
    from dreams
)

select * from final
