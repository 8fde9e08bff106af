-- Grain: a memory that can be asked about, with the words its present text is made of. Rebuildable. What a later memory
-- is compared by, so that what says nearly the same is found without reading the store again: only new and changed
-- texts are looked at (insight_words), and of the others only those that share a band of MinHash values with them
-- (Broder 1997), deny the same, and hold all figures and days of theirs or have theirs hold all of their own.
-- Everything here follows from a text alone, or from a pair of texts: no order of arrival can change it.
-- Cost: new texts by their words, and pairs of texts that are likely the same; the bands of all are looked through.
-- depends_on: {{ ref('stg_codex_store__current_memories') }}
{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        pre_hook=[
            "{% if is_incremental() %}
            delete from {{ this }}
            where
                (memory_id, version_hash) not in (
                    select (memory_id, version_hash) from {{ ref('stg_codex_store__current_memories') }}
                )
            {% endif %}",
        ],
    )
}}

with

fresh as (
    select * from {{ ref("insight_words") }}
),

-- Texts that are made of the same words and figures are looked at once.
news as (
    select distinct on (text_key) text_key, words, facts, denials, bands, true as is_new
    from fresh
    where len(words) > 0
),

known_bands as (
    {% if is_incremental() %}
    select text_key, unnest(bands) as band from {{ this }}
    {% else %}
    select cast(null as varchar) as text_key, cast(null as ubigint) as band where false
    {% endif %}
),

near as (
    select distinct text_key from known_bands
    where
        band in (select unnest(bands) from news)
        and text_key not in (select text_key from news)
),

texts as (
    select * from news
    {% if is_incremental() %}
    union all
    select distinct on (text_key) text_key, words, facts, denials, bands, false as is_new
    from {{ this }}
    where text_key in (select text_key from near)
    {% endif %}
),

-- A text is looked for by each of its bands, with its denials and the longest of its facts, which few others have …
sought as (
    select
        text_key,
        is_new,
        array_to_string(denials, ' ') as denied,
        coalesce(list_max(list_transform(facts, lambda fact: {length: length(fact), fact: fact})).fact, '') as fact,
        unnest(bands) as band
    from texts
),

-- … and found where any of the other's facts is that one.
held as (
    select text_key, is_new, array_to_string(denials, ' ') as denied, bands, unnest(list_append(facts, '')) as fact
    from texts
),

offered as (
    select text_key, is_new, denied, fact, unnest(bands) as band from held
),

candidates as (
    select distinct sought.text_key, offered.text_key as other_key
    from sought
    inner join offered
        on
            sought.band = offered.band
            and sought.fact = offered.fact
            and sought.denied = offered.denied
            and sought.text_key <> offered.text_key
    where sought.is_new or offered.is_new
),

compared as (
    select
        candidates.text_key,
        candidates.other_key,
        mine.is_new,
        theirs.is_new as is_other_new,
        len(mine.words) as words,
        len(theirs.words) as other_words,
        len(list_intersect(mine.words, theirs.words)) as shared
    from candidates
    inner join texts as mine on candidates.text_key = mine.text_key
    inner join texts as theirs on candidates.other_key = theirs.text_key
    where list_has_all(theirs.facts, mine.facts)
),

-- The same but for what one of them adds: a word put in the place of another says something else. As much as the
-- parameter's range may ask for; what is alike enough is decided where it is read.
same as (
    select *, round(shared / cast(words + other_words - shared as double), 6) as overlap
    from compared
    where
        shared >= 0.7 * (words + other_words - shared)
        and least(words, other_words) - shared <= 0.05 * greatest(words, other_words)
),

both_ways as (
    select text_key, other_key, overlap from same where is_new
    union
    select other_key as text_key, text_key as other_key, overlap from same where is_other_new
),

alike as (
    select text_key, list({text_key: other_key, overlap: overlap} order by other_key) as alike
    from both_ways
    group by text_key
),

final as (
    select
        fresh.memory_id,
        fresh.version_hash,
        fresh.created_at,
        fresh.text_key,
        fresh.words,
        fresh.facts,
        fresh.denials,
        fresh.bands,
        coalesce(alike.alike, []) as alike
    from fresh
    left join alike on fresh.text_key = alike.text_key
)

select * from final
order by created_at, memory_id
