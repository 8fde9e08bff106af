-- Grain: a concept as it is written. Ephemeral: a part of ltm_concepts. The concept that is meant, named as it is
-- written most often.
--
-- Forms that differ in spaces, dots and dashes alone are one concept; so are a plural and its singular, abbreviations
-- everybody knows, and a form that begins with the other and that stands beside it in nearly all knowledge that holds
-- either (found in the knowledge itself).
-- Cost: all concepts of all knowledge as they are written; pairs of them by their first letters.
{{ config(materialized="ephemeral") }}

with

mentions as (
    select * from {{ ref("concept_mentions") }}
),

forms as (
    select
        written,
        count(*) as items,
        -- Word by word: an abbreviation is its word; then no space, dot or dash.
        array_to_string(
            list_transform(
                regexp_split_to_array(written, '[\s_./-]+'),
                lambda word: coalesce({{ known_abbreviations() }}[word], word)
            ), ''
        ) as normal
    from mentions
    where written <> ''
    group by written
),

same_form as (
    select a.written, b.written as other
    from forms as a
    inner join forms as b on a.normal = b.normal and a.written <> b.written
),

-- Every way to make a plural is looked up: to compare all forms with all took longer than all else here.
plural_forms as (
    select
        written,
        unnest([
            normal || 's', normal || 'es', case when normal like '%y' then left(normal, -1) || 'ies' end
        ]) as normal
    from forms
    where length(normal) >= 4 and not regexp_matches(normal, '(s|u|i)$')
),

plurals as (
    select plural_forms.written, forms.written as other
    from plural_forms
    inner join forms on plural_forms.normal = forms.normal
),

beginnings as (
    select short.written, long.written as other, least(short.items, long.items) as items
    from forms as short
    inner join forms as long
        on
            left(short.normal, 4) = left(long.normal, 4)
            and starts_with(long.normal, short.normal)
            and length(long.normal) between length(short.normal) + 1 and length(short.normal) + 4
    where length(short.normal) >= 4 and least(short.items, long.items) >= 5 and not contains(long.written, ' ')
),

-- Two names that whoever writes about the one writes as well.
named_twice as (
    select beginnings.written, beginnings.other
    from beginnings
    inner join mentions as one on beginnings.written = one.written
    inner join mentions as two on beginnings.other = two.written and one.memory_id = two.memory_id
    group by beginnings.written, beginnings.other, beginnings.items
    having count(*) >= 0.8 * beginnings.items
),

pairs as (
    select written, other from same_form
    union
    select written, other from plurals
    union
    select other, written from plurals
    union
    select written, other from named_twice
    union
    select other, written from named_twice
),

-- The form that is written most often, rather in full and short; of what leads to it in two steps, too.
commonest as (
    select
        called.written,
        arg_max(
            candidates.written,
            (
                candidates.items,
                candidates.normal = regexp_replace(candidates.written, '[\s_./-]+', '', 'g'),
                -length(candidates.written),
                candidates.written
            )
        ) as concept
    from (
        select written, other from pairs
        union all
        select written, written as other from forms
    ) as called
    inner join forms as candidates on called.other = candidates.written
    group by called.written
),

final as (
    select first.written, second.concept
    from commonest as first
    inner join commonest as second on first.concept = second.written
)

select * from final
