-- Grain: a memory that can be asked about and whose present text was not read yet. Ephemeral: a part of insight_texts.
-- What a text says (its words without those of grammar), and what two texts must not say otherwise if they are to say
-- the same: figures, each as often as it is said, and days; denials. And the bands by which texts like it are found.
-- Cost: the new and changed texts, by their words; all current versions are looked through by their hashes.
{{ config(materialized="ephemeral") }}

with

known as (
    {{
        feedback_rows(
            "insights", "insight_texts", {"memory_id": "uuid", "version_hash": "varchar"}, rebuildable=true
        )
    }}
),

classes as (
    select
        list(word) filter (where class = 'grammar') as grammar,
        list(word) filter (where class = 'calendar') as calendar,
        list(word) filter (where class = 'denial') as denials
    from {{ ref("word_classes") }}
),

fresh as (
    select
        memory_id,
        version_hash,
        created_at,
        content,
        regexp_extract_all(lower(content), '[\p{L}\p{N}]+(?:[''’][\p{L}\p{N}]+)*') as said,
        list_sort(list_distinct(said)) as written,
        list_sort(list_filter(said, lambda word: regexp_matches(word, '\p{N}'))) as figures
    from {{ ref("stg_codex_store__current_memories") }}
    where
        length(trim(content)) >= {{ var("min_content_length") }}
        and length(content) <= {{ var("max_content_length") }}
        and unusable_reason is null
        and (memory_id, version_hash) not in (select (memory_id, version_hash) from known)
),

read as (
    select
        fresh.memory_id,
        fresh.version_hash,
        fresh.created_at,
        fresh.content,
        fresh.written,
        list_filter(fresh.written, lambda word: not list_contains(classes.grammar, word)) as telling,
        list_concat(
            list_transform(
                range(1, len(fresh.figures) + 1),
                lambda nth: fresh.figures[nth] || ' ' || (nth - list_position(fresh.figures, fresh.figures[nth]) + 1)
            ),
            list_filter(fresh.written, lambda word: list_contains(classes.calendar, word))
        ) as facts,
        list_filter(
            fresh.written,
            lambda word: list_contains(classes.denials, word) or regexp_full_match(word, '\p{L}+n[''’]t')
        ) as denials
    from fresh
    cross join classes
),

keyed as (
    select
        memory_id,
        version_hash,
        created_at,
        case when len(telling) > 0 then telling else written end as words,
        facts,
        denials,
        md5(
            case
                when len(written) = 0 then content
                else array_to_string(list_concat(case when len(telling) > 0 then telling else written end, facts), ' ')
            end
        ) as text_key
    from read
),

-- MinHash: twelve bands of the least values that four hash functions give for the words. Two texts that share a share
-- s of their words share a band with a chance of 1 - (1 - s^4)^12 (Broder 1997).
hashed as (
    select distinct text_key, md5_number_lower(unnest(words)) % cast(4294967296 as ubigint) as number from keyed
),

minima as (
    select
        hashed.text_key,
        functions.band,
        min((hashed.number * functions.factor_1 + functions.summand_1) % cast(4294967311 as ubigint)) as minimum_1,
        min((hashed.number * functions.factor_2 + functions.summand_2) % cast(4294967311 as ubigint)) as minimum_2,
        min((hashed.number * functions.factor_3 + functions.summand_3) % cast(4294967311 as ubigint)) as minimum_3,
        min((hashed.number * functions.factor_4 + functions.summand_4) % cast(4294967311 as ubigint)) as minimum_4
    from hashed
    cross join {{ ref("minhash_bands") }} as functions
    group by hashed.text_key, functions.band
),

banded as (
    select
        text_key,
        list(
            md5_number_lower(
                band || ':' || concat_ws(' ', minimum_1, minimum_2, minimum_3, minimum_4)
            ) order by band
        ) as bands
    from minima
    group by text_key
),

final as (
    select keyed.*, coalesce(banded.bands, []) as bands
    from keyed
    left join banded on keyed.text_key = banded.text_key
)

select * from final
