-- Grain: a concept that knowledge is about. Rebuilt each run. A concept is as strong as the knowledge that holds it.
--
-- What is written in several ways is one concept (concept_names).
-- `keyness` says how much a concept tells: what stands everywhere in equal measure ("command", "file") tells nothing,
-- what stands in some fields and not in others says what those are about. It is the log-likelihood ratio of its fields
-- against those of all knowledge (Dunning 1993), less what chance alone would give.
-- Cost: all knowledge that is not archived, by its concepts.
with

knowledge as (
    select * from {{ ref("current_knowledge") }}
),

names as (
    select * from {{ ref("concept_names") }}
),

held as (
    select distinct
        names.concept,
        knowledge.memory_id,
        knowledge.event_at,
        knowledge.retrieval_strength,
        knowledge.semantic_category
    from {{ ref("concept_mentions") }} as mentions
    inner join names on mentions.written = names.written
    inner join knowledge on mentions.memory_id = knowledge.memory_id
),

fields as (
    select semantic_category, count(*) / cast(sum(count(*)) over () as double) as share
    from knowledge
    group by semantic_category
),

in_fields as (
    select
        concept,
        semantic_category,
        count(*) as items,
        sum(count(*)) over (partition by concept) as all_items
    from held
    group by concept, semantic_category
),

telling as (
    select
        in_fields.concept,
        {{ exact_sum("in_fields.items * ln(in_fields.items / (in_fields.all_items * fields.share))") }}
        - (count(*) - 1) / 2.0 as keyness
    from in_fields
    inner join fields on in_fields.semantic_category = fields.semantic_category
    group by in_fields.concept
),

written_as as (
    select concept, list(written order by written) as written_as from names group by concept
),

summed as (
    select
        concept,
        count(*) as items,
        round({{ exact_sum("retrieval_strength") }}, 12) as strength,
        min(event_at) as first_at,
        max(event_at) as last_at,
        mode(semantic_category order by semantic_category) as semantic_category,
        list(memory_id order by retrieval_strength desc, memory_id asc)[1:10] as strongest_memory_ids
    from held
    group by concept
),

final as (
    select
        summed.*,
        written_as.written_as,
        round(greatest(0, telling.keyness), 6) as keyness
    from summed
    inner join written_as on summed.concept = written_as.concept
    inner join telling on summed.concept = telling.concept
)

select * from final
order by keyness desc, items desc, concept asc
