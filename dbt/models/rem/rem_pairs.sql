-- Grain: a pair of memories dreamt together in a night's cycle (memory_a < memory_b). Not rebuildable: a night is past.
--
-- Chosen first, then asked: knowledge of different categories that is not linked, alike enough to meet and remote
-- enough to surprise (Mednick 1962): the likelihood peaks in the middle of the band between the q50 and q90 of random
-- pairs' cosine, in proportion to both strengths, by a hash of night and pair. No pair is dreamt twice.
-- A concept that both hold and few others do (no more than the root of their number) is a bridge between two fields:
-- such pairs are likelier, the rarer it is, up to ten times (remote associates meet in a word, Mednick 1962; (e)).
{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        full_refresh=false,
        pre_hook=[
            "{% if is_incremental() %}
            delete from {{ this }}
            where
                memory_a not in (select memory_id from {{ ref('ltm_semantic_network') }})
                or memory_b not in (select memory_id from {{ ref('ltm_semantic_network') }})
            {% endif %}",
        ],
    )
}}

with

dreamt as (
    {% if is_incremental() %}
    select memory_a, memory_b from {{ this }}
    {% else %}
    select cast(null as uuid) as memory_a, cast(null as uuid) as memory_b
    where false
    {% endif %}
),

run as (
    select clock.*, due.dreams
    from {{ source("control", "clock") }} as clock
    inner join {{ ref("dreams_due") }} as due on clock.rhythm = due.rhythm
),

knowledge as (
    select
        network.memory_id,
        network.semantic_category,
        network.concepts,
        lower(network.semantic_gist) as gist,
        strengths.retrieval_strength,
        embeddings.vector
    from {{ ref("ltm_semantic_network") }} as network
    inner join {{ ref("ltm_strength") }} as strengths on network.memory_id = strengths.memory_id
    inner join {{ ref("stm_traces") }} as traces on network.memory_id = traces.memory_id
    inner join {{ embeddings() }} as embeddings on traces.embedding_hash = embeddings.input_hash
    where not strengths.is_archived
),

-- What is on the sleeper's mind tonight: up to 300 items, by strength and a hash of the night.
active as (
    select knowledge.*
    from knowledge
    cross join run
    qualify
        row_number() over (
            order by
                -ln(1 - {{ uniform("'dream ' || run.night || ' ' || knowledge.memory_id") }})
                / greatest(knowledge.retrieval_strength, 1e-9),
                knowledge.memory_id
        ) <= 300
),

names as (
    select concept, items, unnest(written_as) as written from {{ ref("ltm_concepts") }}
),

-- Concepts that the gist itself names, so that whoever reads it sees the bridge.
mentions as (
    select memory_id, unnest(list_filter(concepts, lambda concept: contains(gist, concept))) as written
    from active
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

bridges as (
    select
        a.memory_id as memory_a,
        b.memory_id as memory_b,
        arg_max(a.concept, (a.rarity, a.concept)) as bridge,
        max(a.rarity) as rarity
    from held as a
    inner join held as b on a.concept = b.concept and a.memory_id < b.memory_id
    group by a.memory_id, b.memory_id
),

pairs as (
    select
        a.memory_id as memory_a,
        b.memory_id as memory_b,
        a.semantic_category <> b.semantic_category as across_categories,
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

remote as (
    select
        pairs.*,
        bridges.bridge,
        pairs.strength * (1 + 9 * coalesce(bridges.rarity, 0)) * exp(
            -pow(pairs.cosine - (band.low + band.high) / 2, 2)
            / (2 * pow(greatest((band.high - band.low) / 4, 1e-6), 2))
        ) as likelihood
    from pairs
    cross join band
    left join {{ ref("memory_associations") }} as links
        on pairs.memory_a = links.memory_a and pairs.memory_b = links.memory_b
    left join bridges on pairs.memory_a = bridges.memory_a and pairs.memory_b = bridges.memory_b
    left join (select distinct memory_a, memory_b from dreamt) as dreamt_before
        on pairs.memory_a = dreamt_before.memory_a and pairs.memory_b = dreamt_before.memory_b
    where
        pairs.across_categories
        and pairs.cosine between band.low and band.high
        and links.memory_a is null
        and dreamt_before.memory_a is null
),

chosen as (
    select
        remote.*,
        row_number() over (
            order by
                -ln(1 - {{ uniform("'pair ' || run.night || ' ' || remote.memory_a || ' ' || remote.memory_b") }})
                / greatest(remote.likelihood, 1e-300),
                remote.memory_a,
                remote.memory_b
        ) as place
    from remote
    cross join run
),

final as (
    select
        run.night,
        run.cycle,
        chosen.memory_a,
        chosen.memory_b,
        chosen.cosine,
        chosen.bridge,
        chosen.place,
        run.as_of as event_at,
        -- What was known when this was dreamt: a night asked for by hand dreams when there is more.
        (select max(beat) from {{ ref("ltm_semantic_network") }}) as knowledge_beat,
        run.beat
    from chosen
    cross join run
    where chosen.place <= run.dreams
)

select * from final
order by place
