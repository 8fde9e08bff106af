-- Grain: a memory that can be asked about, with the words its present text is made of. Rebuildable. What a later memory
-- is compared by, so that what says nearly the same is found without reading the store again: only new and changed
-- texts are looked at, and of the others only those that share a band of MinHash values with them (Broder 1997).
-- Everything here follows from a text alone, or from a pair of texts: no order of arrival can change it.
-- noqa: disable=LT02,LT05
{%- set rows = 4 -%}
{%- set bands = 12 -%}
{%- set largest = 4294967311 -%}{#- the first prime above 32 bits -#}
{#- Hash functions a·x + b modulo that prime, of fixed numbers (a linear congruential generator's). -#}
{%- set drawn = [1] -%}
{%- for _ in range(2 * rows * bands) -%}
    {%- do drawn.append((drawn[-1] * 1664525 + 1013904223) % 4294967296) -%}
{%- endfor -%}
{%- set factors, summands = drawn[1:rows * bands + 1], drawn[rows * bands + 1:] -%}
{%- set grammar = (
    "a an the and or but if so as at by for from in into of off on onto out over to up with than then that this these "
    ~ "those there here it its it's he she they them his her their i i'm me my we our you your is are was were be been "
    ~ "being am do does did have has had will would can could should just also very too because since when while which "
    ~ "who what"
).split() %}
{%- set calendar = (
    "(mon|tues|wednes|thurs|fri|satur|sun)days?|january|february|march|april|june|july|august|september|october|"
    ~ "november|december|today|tomorrow|yesterday|tonight"
) %}
{%- set denial = "not|no|never|nobody|nothing|neither|nor|none|cannot|without|\\p{L}+n['’]t" %}
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

known as (
    {% if is_incremental() %}
    select memory_id, version_hash, text_key, words, facts, denials, bands from {{ this }}
    {% else %}
    select
        cast(null as uuid) as memory_id, cast(null as varchar) as version_hash, cast(null as varchar) as text_key,
        cast(null as varchar[]) as words, cast(null as varchar[]) as facts, cast(null as varchar[]) as denials,
        cast(null as ubigint[]) as bands
    where false
    {% endif %}
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
        and (memory_id, version_hash) not in (select (memory_id, version_hash) from known)
),

-- What a text says (its words without those of grammar), and what two texts must not say otherwise if they are to say
-- the same: figures, each as often as it is said, and days; denials.
read as (
    select
        *,
        list_filter(
            written,
            lambda word: word not in (
                {%- for word in grammar %}'{{ word | replace("'", "''") }}'{{ ", " if not loop.last }}{% endfor -%}
            )
        ) as telling,
        list_concat(
            list_transform(
                range(1, len(figures) + 1),
                lambda nth: figures[nth] || ' ' || (nth - list_position(figures, figures[nth]) + 1)
            ),
            list_filter(written, lambda word: regexp_full_match(word, '{{ calendar }}'))
        ) as facts,
        list_filter(
            written, lambda word: regexp_full_match(word, '{{ denial | replace("'", "''") }}')
        ) as denials
    from fresh
),

keyed as (
    select
        * exclude (content, said, written, figures, telling),
        case when len(telling) > 0 then telling else written end as words,
        md5(
            case
                when len(written) = 0 then content
                else array_to_string(
                    list_concat(case when len(telling) > 0 then telling else written end, facts), ' '
                )
            end
        ) as text_key
    from read
),

-- Texts that are made of the same words and figures are looked at once.
asked as (
    select
        text_key,
        any_value(words) as words,
        any_value(facts) as facts,
        any_value(denials) as denials,
        list_transform(
            any_value(words), lambda word: md5_number_lower(word) % cast(4294967296 as ubigint)
        ) as numbers
    from keyed
    where len(words) > 0
    group by text_key
),

minima as (
    select
        * exclude (numbers),
        list_transform(
            range({{ rows * bands }}),
            lambda nth: list_min(
                list_transform(
                    numbers,
                    lambda number: (
                        number * (cast({{ factors }} as ubigint[]))[nth + 1]
                        + (cast({{ summands }} as ubigint[]))[nth + 1]
                    ) % cast({{ largest }} as ubigint)
                )
            )
        ) as minima
    from asked
),

banded as (
    select
        * exclude (minima),
        list_transform(
            range({{ bands }}),
            lambda band: md5_number_lower(
                band || ':' || array_to_string(minima[band * {{ rows }} + 1:(band + 1) * {{ rows }}], ' ')
            )
        ) as bands
    from minima
),

bands_by_text as (
    select text_key, unnest(bands) as band from banded
    union all
    select text_key, unnest(bands) as band from known
),

candidates as (
    select distinct fresh_bands.text_key, bands_by_text.text_key as other_key
    from (select text_key, unnest(bands) as band from banded) as fresh_bands
    inner join bands_by_text
        on fresh_bands.band = bands_by_text.band and fresh_bands.text_key <> bands_by_text.text_key
),

others as (
    select text_key, words, facts, denials from banded
    union all
    select text_key, words, facts, denials from known
    where text_key in (select other_key from candidates)
),

compared as (
    select distinct
        candidates.text_key,
        candidates.other_key,
        len(mine.words) as mine,
        len(others.words) as theirs,
        len(list_intersect(mine.words, others.words)) as shared
    from candidates
    inner join banded as mine on candidates.text_key = mine.text_key
    inner join others on candidates.other_key = others.text_key
    where
        mine.denials = others.denials
        and (list_has_all(mine.facts, others.facts) or list_has_all(others.facts, mine.facts))
),

-- The same but for what one of them adds: a word put in the place of another says something else. As much as the
-- parameter's range may ask for; what is alike enough is decided where it is read.
alike as (
    select
        text_key,
        list(
            {text_key: other_key, overlap: round(shared / cast(mine + theirs - shared as double), 6)}
            order by other_key
        ) as alike
    from compared
    where shared >= 0.7 * (mine + theirs - shared) and least(mine, theirs) - shared <= 0.05 * greatest(mine, theirs)
    group by text_key
),

final as (
    select
        keyed.memory_id,
        keyed.version_hash,
        keyed.created_at,
        keyed.text_key,
        keyed.words,
        keyed.facts,
        keyed.denials,
        coalesce(banded.bands, []) as bands,
        coalesce(alike.alike, []) as alike
    from keyed
    left join banded on keyed.text_key = banded.text_key
    left join alike on keyed.text_key = alike.text_key
)

select * from final
order by created_at, memory_id
