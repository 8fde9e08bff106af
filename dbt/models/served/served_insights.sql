-- Grain: a memory that repeats no earlier one, or that says more together with earlier ones. A view, published as
-- codex_processed.insights. What follows from several memories stands before what one says by itself. What the owner
-- rejected is left out, and what they corrected has their words.
-- Cost: all insights, and all repeats.
with

insights as (
    select * from {{ ref("insights") }}
),

across as (
    select * from {{ ref("insights_across") }}
),

-- Those that say nearly the same are the evidence of the earliest.
repeats as (
    select canonical_memory_id, list(memory_id order by created_at, memory_id) as memory_ids
    from {{ ref("insight_repeats") }}
    group by canonical_memory_id
),

alone as (
    select
        insights.memory_id,
        insights.key_insight,
        insights.insight_type,
        insights.confidence_score,
        insights.people,
        insights.concepts,
        insights.tools,
        insights.locations,
        insights.model,
        insights.prompt_version,
        list_prepend(insights.memory_id, coalesce(repeats.memory_ids, [])) as source_memory_ids,
        insights.answered_at,
        insights.created_at,
        false as across_notes
    from insights
    left join repeats on insights.memory_id = repeats.canonical_memory_id
    where insights.memory_id not in (select across.memory_id from across)
),

together as (
    select * exclude (version_hash), true as across_notes from across
),

every as (
    select * from alone
    union all by name
    select * from together
),

understood as (
    select
        {{ stable_uuid("'insight ' || memory_id") }} as id,
        memory_id,
        key_insight,
        insight_type,
        confidence_score,
        people,
        concepts,
        tools,
        locations,
        model as extraction_model,
        prompt_version,
        source_memory_ids,
        answered_at as extraction_timestamp,
        created_at,
        across_notes
    from every
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
