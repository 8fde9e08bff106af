-- Grain: a memory that the source holds. A view, published as codex_processed.memory_index: for searching.
-- Cost: all memories, with texts and vectors.
with

memories as (
    select * from {{ ref("stg_codex_store__current_memories") }}
),

fates as (
    select * from {{ ref("processing_state") }}
),

admissions as (
    select * from {{ ref("wm_admissions") }}
),

final as (
    select
        memories.memory_id,
        memories.content,
        memories.context,
        memories.summary,
        memories.tags,
        memories.created_at,
        fates.status,
        fates.reason as status_reason,
        coalesce(admissions.topics, []) as topics,
        coalesce(admissions.people, []) as people,
        coalesce(admissions.places, []) as places,
        cast(vectors.vector as varchar) as embedding,
        vectors.model as embedding_model,
        admissions.model,
        admissions.prompt_version
    from memories
    inner join fates on memories.memory_id = fates.memory_id
    left join admissions on memories.memory_id = admissions.memory_id
    left join {{ embeddings() }} as vectors on admissions.embedding_hash = vectors.input_hash
)

select * from final
