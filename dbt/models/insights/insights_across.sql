-- Grain: a memory that says more together with earlier ones than by itself. Rebuilt each run. What came of comparing it
-- with them (task `relate`), where there was anything that none of them says alone: mostly there is not.
-- Cost: what was compared, by its insight; few have one.
with

related as (
    select * from {{ ref("note_relations") }} where insight is not null
),

final as (
    select
        related.memory_id,
        related.version_hash,
        memories.created_at,
        related.insight as key_insight,
        coalesce(related.insight_type, 'observation') as insight_type,
        coalesce(related.insight_confidence, 0.5) as confidence_score,
        coalesce(alone.people, []) as people,
        coalesce(alone.concepts, []) as concepts,
        coalesce(alone.tools, []) as tools,
        coalesce(alone.locations, []) as locations,
        list_prepend(related.memory_id, coalesce(related.insight_of, [])) as source_memory_ids,
        related.model,
        related.prompt_version,
        coalesce(related.answered_at, related.event_at) as answered_at
    from related
    inner join {{ ref("stg_codex_store__current_memories") }} as memories
        on related.memory_id = memories.memory_id and related.version_hash = memories.version_hash
    left join {{ ref("insights") }} as alone on related.memory_id = alone.memory_id
)

select * from final
order by created_at, memory_id
