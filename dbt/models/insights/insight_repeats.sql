-- Grain: a memory that says nearly what an earlier one says. Rebuilt each run, from all texts as they stand: who saved
-- what first decides, not what arrived first, and a memory that was deleted or changed gives its place to the next.
-- The earliest of those alike stands for them; what is only like a repeat stands for itself.
-- Cost: all texts, by their keys, and pairs of those that are alike.
with

texts as (
    select memory_id, created_at, text_key, alike from {{ ref("insight_texts") }}
),

-- Texts of the same words are one; its earliest memory speaks for it.
firsts as (
    select
        text_key,
        arg_min(memory_id, (created_at, memory_id)) as memory_id,
        min((created_at, memory_id)) as place
    from texts
    group by text_key
),

likenesses as (
    select text_key, unnest(alike) as likeness from texts where len(alike) > 0
),

pairs as (
    select distinct text_key, likeness['text_key'] as other_key
    from likenesses
    where likeness['overlap'] >= {{ var("near_duplicate_overlap") }}
),

both_ways as (
    select text_key, other_key from pairs
    union
    select other_key, text_key from pairs
),

earlier as (
    select mine.text_key, other.text_key as earlier_key, other.memory_id, other.place
    from both_ways
    inner join firsts as mine on both_ways.text_key = mine.text_key
    inner join firsts as other on both_ways.other_key = other.text_key
    where other.place < mine.place
),

canonical as (
    select text_key, arg_min(memory_id, place) as canonical_memory_id
    from earlier
    where earlier_key not in (select repeated.text_key from earlier as repeated)
    group by text_key
),

final as (
    select
        texts.memory_id,
        coalesce(canonical.canonical_memory_id, firsts.memory_id) as canonical_memory_id,
        texts.created_at,
        -- Whether it is the same words, or only nearly.
        canonical.text_key is null as same_words
    from texts
    inner join firsts on texts.text_key = firsts.text_key
    left join canonical on texts.text_key = canonical.text_key
    where texts.memory_id <> coalesce(canonical.canonical_memory_id, firsts.memory_id)
)

select * from final
order by canonical_memory_id, created_at, memory_id
