-- Grain: one row: how much waits for the quick path: memories whose gist is no insight yet, and insights of memories
-- that are gone. A view; control.pending has all rhythms.
-- Cost: all memories, by their keys.
with

current_memories as (
    select memory_id, version_hash from {{ ref("stg_codex_store__current_memories") }}
),

-- Said before: the insight is that of an earlier memory, as long as that is there.
repeated as (
    select repeats.memory_id, texts.version_hash
    from {{ ref("insight_repeats") }} as repeats
    inner join {{ ref("insight_texts") }} as texts on repeats.memory_id = texts.memory_id
    where repeats.canonical_memory_id in (select memory_id from current_memories)
),

not_shown as (
    select count(*) as waiting
    from {{ ref("wm_admissions") }}
    where
        gist is not null
        and memory_id in (select memory_id from current_memories)
        and (memory_id, version_hash) not in (select (memory_id, version_hash) from {{ ref("insights") }})
        and (memory_id, version_hash) not in (select (memory_id, version_hash) from repeated)
),

orphans as (
    select count(*) as waiting
    from {{ ref("insights") }}
    where memory_id not in (select memory_id from current_memories)
),

-- What comparing a memory with earlier ones has shown and is not served, and what is served and no longer holds.
shown as (
    select relations.memory_id, relations.insight
    from {{ ref("note_relations") }} as relations
    inner join current_memories
        on relations.memory_id = current_memories.memory_id and relations.version_hash = current_memories.version_hash
    where relations.insight is not null
),

across as (
    select count(*) as waiting
    from shown
    full join {{ ref("insights_across") }} as served
        on shown.memory_id = served.memory_id and shown.insight = served.key_insight
    where shown.memory_id is null or served.memory_id is null
),

questions as (
    select 1 as place, not_shown.waiting + orphans.waiting as waiting, 'memories have no insight' as what
    from not_shown
    cross join orphans
    union all
    select 2 as place, across.waiting, 'memories say more together' as what
    from across
),

final as (
    {{ first_that_waits("insights") }}
)

select * from final
