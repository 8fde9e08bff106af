-- Grain: a pair of items on the sleeper's mind that could be dreamt together (memory_a < memory_b). Ephemeral: a part
-- of rem_pairs.
--
-- Knowledge of different categories that is not linked, alike enough to meet and remote enough to surprise
-- (Mednick 1962): the likelihood peaks in the middle of the band between the q50 and q90 of random pairs' cosine, in
-- proportion to both strengths. Pairs with a bridge are likelier, the rarer it is, up to ten times (e); so are, ten
-- times, pairs of two threads of which one has an open point (current concerns, Klinger 1978; the factor: e).
-- Cost: pairs of at most 300 items.
{{ config(materialized="ephemeral") }}

with

active as (
    select * from {{ ref("rem_knowledge") }} where is_active
),

pairs as (
    select
        a.memory_id as memory_a,
        b.memory_id as memory_b,
        a.semantic_category <> b.semantic_category as across_categories,
        coalesce(a.thread_id <> b.thread_id and (a.is_open or b.is_open), false) as is_concern,
        a.retrieval_strength * b.retrieval_strength as strength,
        round(list_inner_product(a.vector, b.vector), 6) as cosine
    from active as a
    inner join active as b on a.memory_id < b.memory_id
),

band as (
    select
        quantile_cont(cosine, {{ var("rem_band_low") }}) as low,
        quantile_cont(cosine, {{ var("rem_band_high") }}) as high
    from pairs
),

final as (
    select
        pairs.*,
        bridges.bridge,
        pairs.strength * (1 + 9 * coalesce(bridges.rarity, 0))
        * (1 + 9 * cast(pairs.is_concern as integer)) * exp(
            -pow(pairs.cosine - (band.low + band.high) / 2, 2)
            / (2 * pow(greatest((band.high - band.low) / 4, 1e-6), 2))
        ) as likelihood
    from pairs
    cross join band
    left join {{ ref("memory_associations") }} as links
        on pairs.memory_a = links.memory_a and pairs.memory_b = links.memory_b
    left join {{ ref("rem_bridges") }} as bridges
        on pairs.memory_a = bridges.memory_a and pairs.memory_b = bridges.memory_b
    where
        pairs.across_categories
        and pairs.cosine between band.low and band.high
        and links.memory_a is null
)

select * from final
