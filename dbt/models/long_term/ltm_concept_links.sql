-- Grain: an unordered pair of concepts (concept_a < concept_b) that occur together in at least two
-- items of knowledge. Rebuilt each run.
--
-- The cortex learns slowly (McClelland 1995): each sleep replay of knowledge that holds both concepts is one small
-- step, dw = eta·(1 - w) with the slow rate, so w = 1 - (1 - eta)^n. Many items interleaved over many nights make a
-- link strong, one night does not.
-- Cost: all knowledge that is not archived, by pairs of the concepts that an item holds; all replays of the ledger.
with

names as (
    select concept, unnest(written_as) as written from {{ ref("ltm_concepts") }}
),

knowledge as (
    select distinct mentions.memory_id, names.concept
    from {{ ref("concept_mentions") }} as mentions
    inner join names on mentions.written = names.written
),

sizes as (
    select concept, items from {{ ref("ltm_concepts") }}
),

replays as (
    select memory_id, sum(repetitions) as replays
    from {{ ref("replay_events") }}
    where phase = 'asleep' and partner_id is null and event_at <= {{ clock("deep_sleep") }}
    group by memory_id
),

together as (
    select
        a.concept as concept_a,
        b.concept as concept_b,
        count(*) as shared_items,
        coalesce(sum(replays.replays), 0) as replays
    from knowledge as a
    inner join knowledge as b on a.memory_id = b.memory_id and a.concept < b.concept
    left join replays on a.memory_id = replays.memory_id
    group by all
),

final as (
    select
        together.concept_a,
        together.concept_b,
        together.shared_items,
        together.replays,
        round(1 - pow(1 - {{ var("cortical_learning_rate") }}, together.replays), 12) as weight,
        -- How much oftener than by chance, between 0 and 1 (Jaccard of the items that hold them).
        round(
            together.shared_items
            / cast(size_a.items + size_b.items - together.shared_items as double), 12
        ) as overlap
    from together
    inner join sizes as size_a on together.concept_a = size_a.concept
    inner join sizes as size_b on together.concept_b = size_b.concept
    where together.shared_items >= 2
)

select * from final
order by concept_a, concept_b
