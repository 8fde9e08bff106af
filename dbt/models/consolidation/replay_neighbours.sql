-- Grain: (trace that can be replayed, a trace that is among the most alike). Rebuildable. A trace finds at least its
-- `replay_neighbours` nearest here, and some that were among them until nearer ones came.
-- Only what is new is compared with all, so whatever is replayed, in however many nights, costs no comparison. Who is
-- gone, changed or embedded otherwise takes along the lists that it is in; these are made anew.
-- Of many new ones only the pairs that a first look has found (`replay_pairs`) are compared.
-- Cost: new traces times all traces, by their vectors; of the lists that are there, keys alone are looked through.
{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        pre_hook=[
            "{% if is_incremental() %}
            delete from {{ this }}
            where memory_id in (
                select memory_id
                from {{ this }}
                where
                    (memory_id, vector_key) not in (select (memory_id, vector_key) from {{ comparable_traces() }})
                    or (partner_id, partner_key) not in (select (memory_id, vector_key) from {{ comparable_traces() }})
            )
            {% endif %}",
        ],
    )
}}

with

traces as (
    select comparable.memory_id, comparable.vector_key, embeddings.vector
    from {{ comparable_traces() }} as comparable
    inner join {{ embeddings() }} as embeddings on comparable.embedding_hash = embeddings.input_hash
),

-- A list that stays may hold who is to be compared anew: whose own list fell with somebody else's change.
listed as (
    {% if is_incremental() %}
    select memory_id, partner_id from {{ this }}
    {% else %}
    select cast(null as uuid) as memory_id, cast(null as uuid) as partner_id where false
    {% endif %}
),

-- What a list has to offer: its last place, or nothing where there is room.
known as (
    {% if is_incremental() %}
    select memory_id, list(cosine order by cosine desc)[{{ var("replay_neighbours") }}] as least_cosine
    from {{ this }}
    group by memory_id
    {% else %}
    select cast(null as uuid) as memory_id, cast(null as float) as least_cosine where false
    {% endif %}
),

news as (
    select * from traces where memory_id not in (select memory_id from known)
),

pairs as (
    select
        news.memory_id,
        news.vector_key,
        traces.memory_id as partner_id,
        traces.vector_key as partner_key,
        round(list_inner_product(news.vector, traces.vector), 6) as cosine
    from news
    inner join traces on news.memory_id <> traces.memory_id
    where news.memory_id not in (select memory_id from {{ ref("replay_pairs") }})
    union all
    select
        news.memory_id,
        news.vector_key,
        traces.memory_id as partner_id,
        traces.vector_key as partner_key,
        round(list_inner_product(news.vector, traces.vector), 6) as cosine
    from {{ ref("replay_pairs") }} as likely
    inner join news on likely.memory_id = news.memory_id
    inner join traces on likely.partner_id = traces.memory_id
),

nearest as (
    select
        memory_id,
        vector_key,
        unnest(
            arg_max(
                {partner_id: partner_id, partner_key: partner_key, cosine: cosine},
                (cosine, cast(partner_id as varchar)),
                {{ var("replay_neighbours") }}
            )
        ) as partner
    from pairs
    group by memory_id, vector_key
),

of_news as (
    select
        nearest.memory_id,
        nearest.partner.partner_id,
        nearest.partner.cosine,
        nearest.vector_key,
        nearest.partner.partner_key
    from nearest
),

of_others as (
    select
        pairs.partner_id as memory_id,
        pairs.partner_key as vector_key,
        pairs.memory_id as partner_id,
        pairs.vector_key as partner_key,
        pairs.cosine
    from pairs
    inner join known on pairs.partner_id = known.memory_id
    left join listed on pairs.partner_id = listed.memory_id and pairs.memory_id = listed.partner_id
    where listed.memory_id is null and (known.least_cosine is null or pairs.cosine >= known.least_cosine)
    qualify
        row_number() over (
            partition by pairs.partner_id order by pairs.cosine desc, cast(pairs.memory_id as varchar) desc
        ) <= {{ var("replay_neighbours") }}
),

final as (
    select * from of_news
    union all
    select memory_id, partner_id, cosine, vector_key, partner_key from of_others
)

select * from final
order by memory_id asc, cosine desc, partner_id asc
