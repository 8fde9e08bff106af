-- Grain: (trace that is to be compared, one of the five most like it of those before it). Ephemeral, a part of
-- relation_requests. Only what was before it and ready for replay before it: so it is asked about the same notes
-- whatever came in between, and however many were loaded at once.
-- Cost: the traces that are to be compared, each by all traces.
{{ config(materialized="ephemeral") }}

with

news as (
    select memory_id from {{ ref("notes_to_relate") }}
),

vectors as (
    select attended.memory_id, attended.event_at, attended.ready_at, embeddings.vector
    from {{ comparable_traces() }} as comparable
    inner join {{ ref("stm_traces") }} as attended on comparable.memory_id = attended.memory_id
    inner join {{ embeddings() }} as embeddings on comparable.embedding_hash = embeddings.input_hash
),

-- As a condition of the join, what was before would be found by sorting all vectors, and there are pairs beyond number.
pairs as (
    select
        news.memory_id,
        partners.memory_id as partner_id,
        case
            when
                mine.ready_at >= partners.ready_at
                and (mine.event_at, mine.memory_id) > (partners.event_at, partners.memory_id)
                then round(list_inner_product(mine.vector, partners.vector), 6)
        end as cosine
    from news
    inner join vectors as mine on news.memory_id = mine.memory_id
    cross join vectors as partners
),

nearest as (
    select
        memory_id,
        unnest(arg_max(partner_id, (cosine, cast(partner_id as varchar)), 5)) as partner_id
    from pairs
    where cosine is not null and {{ similarity("cosine") }} >= {{ var("related_likeness") }}
    group by memory_id
),

near as (
    select nearest.memory_id, nearest.partner_id, memories.event_at, memories.created_at, memories.content
    from nearest
    inner join {{ ref("stg_codex_store__current_memories") }} as memories on nearest.partner_id = memories.memory_id
)

select * from near
