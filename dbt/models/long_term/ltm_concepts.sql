-- Grain: a concept that knowledge is about. Rebuilt each run. A concept is as strong as the knowledge that holds it.
with

knowledge as (
    select network.*, strengths.retrieval_strength
    from {{ ref("ltm_semantic_network") }} as network
    inner join {{ ref("ltm_strength") }} as strengths on network.memory_id = strengths.memory_id
    where not strengths.is_archived
),

mentions as (
    select unnest(concepts) as concept, memory_id, knowledge_id, event_at, retrieval_strength, semantic_category
    from knowledge
),

final as (
    select
        concept,
        count(*) as items,
        round({{ exact_sum("retrieval_strength") }}, 12) as strength,
        min(event_at) as first_at,
        max(event_at) as last_at,
        mode(semantic_category order by semantic_category) as semantic_category,
        list(memory_id order by retrieval_strength desc, memory_id)[1:10] as strongest_memory_ids
    from mentions
    where concept <> ''
    group by concept
)

select * from final
order by items desc, concept
