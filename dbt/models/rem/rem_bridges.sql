-- Grain: a pair of items on the sleeper's mind (memory_a < memory_b) that a rare concept joins. Ephemeral: a part of
-- rem_pairs.
--
-- A concept that both hold and few others do (no more than the root of their number) is a bridge between two fields
-- (remote associates meet in a word, Mednick 1962).
-- Cost: at most 300 items and the concepts that their gists name; all knowledge is counted.
{{ config(materialized="ephemeral") }}

with

knowledge as (
    select * from {{ ref("rem_knowledge") }}
),

names as (
    select concept, items, unnest(written_as) as written from {{ ref("ltm_concepts") }}
),

-- Concepts that the gist itself names, so that whoever reads it sees the bridge.
mentions as (
    select memory_id, unnest(list_filter(concepts, lambda concept: contains(gist, concept))) as written
    from knowledge
    where is_active
),

extent as (
    select count(*) as items from knowledge
),

-- How rare a concept is among all knowledge: 1 for what one item holds, 0 for what all do.
held as (
    select distinct
        mentions.memory_id,
        names.concept,
        1 - ln(names.items) / greatest(ln(extent.items), 1e-9) as rarity
    from mentions
    inner join names on mentions.written = names.written
    cross join extent
    where
        names.items <= sqrt(extent.items)
        and names.concept not in (select semantic_category from knowledge)
),

final as (
    select
        a.memory_id as memory_a,
        b.memory_id as memory_b,
        arg_max(a.concept, (a.rarity, a.concept)) as bridge,
        max(a.rarity) as rarity
    from held as a
    inner join held as b on a.concept = b.concept and a.memory_id < b.memory_id
    group by a.memory_id, b.memory_id
)

select * from final
