-- Grain: a memory that repeats no earlier one. A view, published as codex_processed.insights: the quick path. What the
-- owner rejected is left out, and what they corrected has their words.
-- Cost: all insights, and all repeats.
with

insights as (
    select * from {{ ref("insights") }}
),

-- Those that say nearly the same are the evidence of the earliest.
repeats as (
    select canonical_memory_id, list(memory_id order by created_at, memory_id) as memory_ids
    from {{ ref("insight_repeats") }}
    group by canonical_memory_id
),

understood as (
    select
        insights.insight_id as id,
        insights.memory_id,
        insights.key_insight,
        insights.insight_type,
        insights.confidence_score,
        insights.people,
        insights.concepts,
        insights.tools,
        insights.locations,
        insights.model as extraction_model,
        insights.prompt_version,
        list_prepend(insights.memory_id, coalesce(repeats.memory_ids, [])) as source_memory_ids,
        insights.answered_at as extraction_timestamp,
        insights.created_at
    from insights
    left join repeats on insights.memory_id = repeats.canonical_memory_id
),

worded as (
    select
        understood.*,
        {{ corrected("insight", "understood.id", "understood.key_insight", "understood.source_memory_ids") }}
            as owners_text
    from understood
    where
        not {{ is_rejected(
            "insight", "understood.id", "understood.key_insight", "understood.source_memory_ids"
        ) }}
),

final as (
    select
        * exclude (owners_text) replace (
            coalesce(owners_text, key_insight) as key_insight,
            case when owners_text is null then extraction_model else 'owner' end as extraction_model
        )
    from worded
)

select * from final
