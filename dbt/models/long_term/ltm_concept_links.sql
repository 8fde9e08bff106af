-- Grain: an unordered pair of concepts (concept_a < concept_b) that occur together in at least two
-- items of knowledge. Rebuilt each run.
with

knowledge as (
    select network.memory_id, unnest(network.concepts) as concept
    from {{ ref("ltm_semantic_network") }} as network
    inner join {{ ref("ltm_strength") }} as strengths on network.memory_id = strengths.memory_id
    where not strengths.is_archived
),

sizes as (
    select concept, items from {{ ref("ltm_concepts") }}
),

together as (
    select a.concept as concept_a, b.concept as concept_b, count(*) as shared_items
    from knowledge as a
    inner join knowledge as b on a.memory_id = b.memory_id and a.concept < b.concept
    group by all
),

final as (
    select
        together.concept_a,
        together.concept_b,
        together.shared_items,
        -- How much oftener than by chance, between 0 and 1 (Jaccard of the items that hold them).
        round(
            together.shared_items
            / cast(size_a.items + size_b.items - together.shared_items as double), 12
        ) as weight
    from together
    inner join sizes as size_a on together.concept_a = size_a.concept
    inner join sizes as size_b on together.concept_b = size_b.concept
    where together.shared_items >= 2
)

select * from final
order by concept_a, concept_b
