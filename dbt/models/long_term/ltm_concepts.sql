-- Grain: a concept that knowledge is about. Rebuilt each run. A concept is as strong as the knowledge that holds it.
--
-- What is written in several ways is one concept, named as it is written most often: forms that differ in spaces, dots
-- and dashes alone, a plural and its singular, abbreviations everybody knows, and a form that begins with the other and
-- that stands beside it in nearly all knowledge that holds either (found in the knowledge itself).
-- `keyness` says how much a concept tells: what stands everywhere in equal measure ("command", "file") tells nothing,
-- what stands in some fields and not in others says what those are about. It is the log-likelihood ratio of its fields
-- against those of all knowledge (Dunning 1993), less what chance alone would give.
with

knowledge as (
    select network.*, strengths.retrieval_strength
    from {{ ref("ltm_semantic_network") }} as network
    inner join {{ ref("ltm_strength") }} as strengths on network.memory_id = strengths.memory_id
    where not strengths.is_archived
),

mentions as (
    select distinct unnest(concepts) as written, memory_id from knowledge
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

names as (
    select first.written, second.concept
    from commonest as first
    inner join commonest as second on first.concept = second.written
),

held as (
    select distinct
        names.concept,
        knowledge.memory_id,
        knowledge.event_at,
        knowledge.retrieval_strength,
        knowledge.semantic_category
    from mentions
    inner join names on mentions.written = names.written
    inner join knowledge on mentions.memory_id = knowledge.memory_id
),

fields as (
    select semantic_category, count(*) / cast(sum(count(*)) over () as double) as share
    from knowledge
    group by semantic_category
),

in_fields as (
    select
        concept,
        semantic_category,
        count(*) as items,
        sum(count(*)) over (partition by concept) as all_items
    from held
    group by concept, semantic_category
),

telling as (
    select
        in_fields.concept,
        {{ exact_sum("in_fields.items * ln(in_fields.items / (in_fields.all_items * fields.share))") }}
        - (count(*) - 1) / 2.0 as keyness
    from in_fields
    inner join fields on in_fields.semantic_category = fields.semantic_category
    group by in_fields.concept
),

written_as as (
    select concept, list(written order by written) as written_as from names group by concept
),

summed as (
    select
        concept,
        count(*) as items,
        round({{ exact_sum("retrieval_strength") }}, 12) as strength,
        min(event_at) as first_at,
        max(event_at) as last_at,
        mode(semantic_category order by semantic_category) as semantic_category,
        list(memory_id order by retrieval_strength desc, memory_id)[1:10] as strongest_memory_ids
    from held
    group by concept
),

final as (
    select
        summed.*,
        written_as.written_as,
        round(greatest(0, telling.keyness), 6) as keyness
    from summed
    inner join written_as on summed.concept = written_as.concept
    inner join telling on summed.concept = telling.concept
)

select * from final
order by keyness desc, items desc, concept
