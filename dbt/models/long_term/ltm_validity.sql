-- Grain: a knowledge item that is not archived. Rebuilt each run. Which item stands for all that say nearly the same
-- (evidence is counted there), and which later item says otherwise. Knowledge that is superseded is kept and dated, as
-- a memory that was brought up to date keeps its old version (Nader 2000).
-- Alike knowledge lies in one minicolumn, so items are compared within theirs and never all with all. Likeness is on
-- the embedding model's calibrated scale; what denies otherwise (word_classes) says not the same. What no longer holds
-- is a change of mind, which the language model finds by a shared subject (changes_of_mind).
-- Cost: all knowledge that is not archived, by pairs within a minicolumn.
with

items as (
    select
        network.memory_id,
        network.knowledge_id,
        network.event_at,
        columns.minicolumn_id,
        embeddings.vector
    from {{ ref("ltm_semantic_network") }} as network
    inner join {{ ref("ltm_cortical_columns") }} as columns on network.memory_id = columns.memory_id
    inner join {{ ref("stm_traces") }} as traces on network.memory_id = traces.memory_id
    inner join {{ embeddings() }} as embeddings on traces.embedding_hash = embeddings.input_hash
),

alike as (
    select
        earlier.memory_id as earlier_id,
        later.memory_id as later_id,
        round({{ similarity("list_cosine_similarity(earlier.vector, later.vector)") }}, 9) as likeness
    from items as earlier
    inner join items as later
        on
            earlier.minicolumn_id = later.minicolumn_id
            and (earlier.event_at, earlier.memory_id) < (later.event_at, later.memory_id)
    where likeness >= {{ var("duplicate_likeness") }}
),

denials as (
    select list(word) as words from {{ ref("word_classes") }} where class = 'denial'
),

-- Only what is alike is read: that is little, and reading takes longer than comparing.
texts as (
    select
        memories.memory_id,
        list_sort(
            list_distinct(
                list_filter(
                    regexp_extract_all(lower(memories.content), '[\p{L}\p{N}]+(?:[''’][\p{L}\p{N}]+)*'),
                    lambda word: list_contains(denials.words, word) or regexp_full_match(word, '\p{L}+n[''’]t')
                )
            )
        ) as denies
    from {{ ref("stg_codex_store__current_memories") }} as memories
    cross join denials
    where
        memories.memory_id in (select earlier_id from alike) or memories.memory_id in (select later_id from alike)
),

changed as (
    select minds.earlier_id, minds.later_id, minds.changed_at
    from {{ ref("changes_of_mind") }} as minds
    where not {{ is_rejected("change", "minds.change_id", "minds.after", "[minds.earlier_id, minds.later_id]") }}
),

superseded as (
    select
        changed.earlier_id as memory_id,
        changed.changed_at as superseded_at,
        items.knowledge_id as superseded_by
    from changed
    inner join items on changed.later_id = items.memory_id
    qualify row_number() over (
        partition by changed.earlier_id order by changed.changed_at, changed.later_id
    ) = 1
),

repeats as (
    select alike.earlier_id, alike.later_id
    from alike
    inner join texts as earlier on alike.earlier_id = earlier.memory_id
    inner join texts as later on alike.later_id = later.memory_id
    where
        earlier.denies = later.denies
        and (alike.earlier_id, alike.later_id) not in (select (earlier_id, later_id) from changed)
),

-- The earliest of those alike stands for them; what only repeats a repetition stands for itself.
canonical as (
    select repeats.later_id as memory_id, items.memory_id as canonical_memory_id, items.knowledge_id as canonical_id
    from repeats
    inner join items on repeats.earlier_id = items.memory_id
    where repeats.earlier_id not in (select others.later_id from repeats as others)
    qualify row_number() over (partition by repeats.later_id order by items.event_at, items.memory_id) = 1
),

evidence as (
    select canonical_memory_id as memory_id, count(*) as repetitions from canonical group by canonical_memory_id
),

final as (
    select
        items.memory_id,
        items.knowledge_id,
        coalesce(canonical.canonical_id, items.knowledge_id) as canonical_id,
        cast(1 + coalesce(evidence.repetitions, 0) as integer) as evidence_count,
        superseded.superseded_at,
        superseded.superseded_by
    from items
    left join canonical on items.memory_id = canonical.memory_id
    left join evidence on items.memory_id = evidence.memory_id
    left join superseded on items.memory_id = superseded.memory_id
)

select * from final
order by memory_id
