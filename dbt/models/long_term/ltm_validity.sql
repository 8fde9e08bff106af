-- Grain: a knowledge item that is not archived. Rebuilt each run. Which item stands for all that say nearly the same
-- (evidence is counted there), and which later item says otherwise. Knowledge that is superseded is kept and dated, as
-- a memory that was brought up to date keeps its old version (Nader 2000).
-- Alike knowledge lies in one minicolumn, so items are compared within theirs and never all with all. Likeness is on
-- the embedding model's calibrated scale. A later item says otherwise where it says so ("no longer", "moved to", …), or
-- denies what the earlier one affirms ("won't give up" denies no thanks). It must be about the same: half of the words
-- of the shorter are in both, and of two turns of a conversation the same person says both; else any "I won't" that is
-- near in sense would do away with what another said. English, as the embedded model.
-- Cost: all knowledge that is not archived, by pairs within a minicolumn.
{%- set denial = "\\b(not|no longer|never|nobody|nothing|neither|cannot|without)\\b|n['’]t\\b" %}
{#- What is denied: the next four words, told by their beginnings, so that "does not work" denies "works". #}
{%- set denied = "(?:" ~ denial ~ ")((?:[^\\p{L}\\p{N}]+[\\p{L}\\p{N}]+){1,4})" %}
{%- set speaker = "^([[:upper:]][[:alpha:].-]{0,30}): " %}
{%- set update = (
    "\\b(no longer|any ?more|instead of|changed (to|from|back)|moved (to|from)|switched (to|from)|postponed|replaced|"
    ~ "cancell?ed|(is|are|was) now|now (is|are|lives?|works?|uses?)|used to|correction|(was|were) wrong|turned out)\\b"
) %}

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
        later.knowledge_id as later_knowledge_id,
        later.event_at as later_at,
        round({{ similarity("list_cosine_similarity(earlier.vector, later.vector)") }}, 9) as likeness
    from items as earlier
    inner join items as later
        on
            earlier.minicolumn_id = later.minicolumn_id
            and (earlier.event_at, earlier.memory_id) < (later.event_at, later.memory_id)
    where likeness >= {{ [var("superseding_likeness"), var("duplicate_likeness")] | min }}
),

-- Only what is alike is read: that is little, and reading takes longer than comparing.
texts as (
    select
        memory_id,
        regexp_matches(lower(content), '{{ denial | replace("'", "''") }}') as denies,
        regexp_matches(lower(content), '{{ update }}') as updates,
        list_transform(
            regexp_extract_all(
                array_to_string(
                    regexp_extract_all(lower(content), '{{ denied | replace("'", "''") }}', 2), ' '
                ),
                '[\p{L}\p{N}]{4,}'
            ),
            lambda word: word[:4]
        ) as denied,
        nullif(regexp_extract(content, '{{ speaker }}', 1), '') as speaker,
        list_distinct(
            list_filter(
                regexp_extract_all(lower(regexp_replace(content, '{{ speaker }}', '')), '[\p{L}\p{N}]{4,}'),
                lambda word: not regexp_matches(word, '{{ denial | replace("'", "''") }}')
            )
        ) as words
    from {{ ref("stg_codex_store__current_memories") }}
    where memory_id in (select earlier_id from alike) or memory_id in (select later_id from alike)
),

pairs as (
    select
        alike.*,
        later.updates
        or (
            earlier.denies <> later.denies
            and list_has_any(
                case when later.denies then later.denied else earlier.denied end,
                list_transform(case when later.denies then earlier.words else later.words end, lambda word: word[:4])
            )
        ) as says_otherwise,
        2 * len(list_intersect(earlier.words, later.words)) >= least(len(earlier.words), len(later.words))
        and coalesce(earlier.speaker = later.speaker, true) as is_of_the_same
    from alike
    inner join texts as earlier on alike.earlier_id = earlier.memory_id
    inner join texts as later on alike.later_id = later.memory_id
),

superseded as (
    select earlier_id as memory_id, later_at as superseded_at, later_knowledge_id as superseded_by
    from pairs
    where says_otherwise and is_of_the_same and likeness >= {{ var("superseding_likeness") }}
    qualify row_number() over (partition by earlier_id order by later_at, later_id) = 1
),

repeats as (
    select earlier_id, later_id
    from pairs
    where not says_otherwise and likeness >= {{ var("duplicate_likeness") }}
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
