-- Grain: a consolidated memory. A view, published as codex_processed.semantic_memory: its gist, how well it can be
-- recalled, what it belongs to, and how long it held.
-- Cost: all knowledge, by its concepts.
with

network as (
    select * from {{ ref("ltm_semantic_network") }}
),

strengths as (
    select * from {{ ref("ltm_strength") }}
),

replay as (
    select * from {{ ref("memory_replay") }}
),

cortex as (
    select * from {{ ref("ltm_cortical_columns") }}
),

validity as (
    select * from {{ ref("ltm_validity") }}
),

archived as (
    select memory_id from {{ ref("pruned") }} where kind = 'memory' and restored_at is null
),

-- Concepts by their names, in the order of what was written; of a concept that is archived, as it was written.
names as (
    select concept, unnest(written_as) as written from {{ ref("ltm_concepts") }}
),

written as (
    select memory_id, unnest(concepts) as written, generate_subscripts(concepts, 1) as nth from network
),

named as (
    select written.memory_id, coalesce(names.concept, written.written) as concept, min(written.nth) as nth
    from written
    left join names on written.written = names.written
    group by all
),

-- What the owner has said of it: pinned knowledge does not fade.
pinned as (
    select memory_id from {{ pinned_memories() }}
),

unchanged as (
    select memory_ids[1] as memory_id from {{ owners_word("reject", "change") }}
),

concepts as (
    select memory_id, list(concept order by nth) as concepts from named group by memory_id
),

known as (
    select
        network.knowledge_id as id,
        network.memory_id as source_memory_id,
        list_prepend(
            network.memory_id, list_transform(replay.associates, lambda other: struct_extract(other, 'memory_id'))[1:5]
        ) as source_memory_ids,
        network.semantic_gist,
        network.knowledge_type,
        network.abstraction_level,
        strengths.consolidated_strength as confidence_score,
        network.semantic_category,
        network.cortical_region,
        cortex.macrocolumn_id,
        cortex.minicolumn_id,
        cortex.column_rank,
        network.patterns,
        network.insights,
        network.predictions,
        network.principles,
        network.contradictions,
        coalesce(concepts.concepts, []) as related_concepts,
        network.integration_points,
        strengths.consolidated_strength,
        strengths.stability_days,
        strengths.retrievability,
        strengths.retrieval_strength,
        cast(strengths.access_count as integer) as access_count,
        strengths.last_accessed_at,
        strengths.memory_age,
        strengths.consolidation_state,
        network.memory_id in (select memory_id from archived) as is_archived,
        '1' as processing_version,
        network.model,
        network.prompt_version,
        network.event_at,
        network.consolidated_at,
        network.entered_ltm_at as created_at,
        coalesce(validity.canonical_id, network.knowledge_id) as canonical_id,
        coalesce(validity.evidence_count, 1) as evidence_count,
        network.event_at as valid_from,
        case when unchanged.memory_id is null then validity.superseded_at end as superseded_at,
        case when unchanged.memory_id is null then validity.superseded_by end as superseded_by
    from network
    inner join strengths on network.memory_id = strengths.memory_id
    inner join replay on network.memory_id = replay.memory_id
    left join cortex on network.memory_id = cortex.memory_id
    left join validity on network.memory_id = validity.memory_id
    left join concepts on network.memory_id = concepts.memory_id
    left join unchanged on network.memory_id = unchanged.memory_id
),

worded as (
    select
        known.*,
        pinned.memory_id is not null as is_pinned,
        {{ corrected("knowledge", "known.id", "known.semantic_gist", "known.source_memory_ids[1:1]") }} as owners_text
    from known
    left join pinned on known.source_memory_id = pinned.memory_id
    where not {{ is_rejected("knowledge", "known.id", "known.semantic_gist", "known.source_memory_ids[1:1]") }}
),

final as (
    select
        * exclude (is_pinned, owners_text) replace (
            coalesce(owners_text, semantic_gist) as semantic_gist,
            case when owners_text is null then model else 'owner' end as model,
            case when is_pinned then 1.0 else retrievability end as retrievability,
            case when is_pinned then consolidated_strength else retrieval_strength end as retrieval_strength,
            is_archived and not is_pinned as is_archived
        )
    from worded
)

select * from final -- noqa: AM04
