-- Grain: a trace that is to be compared with what was before it. Ephemeral, a part of relation_requests: the first that
-- was not compared yet, and all after it.
-- Cost: all traces, by their keys.
{{ config(materialized="ephemeral") }}

with

run as (
    select zone from {{ source("control", "clock") }} where rhythm = 'hippocampal_replay'
),

known as (
    {{
        feedback_rows(
            "threads", "note_relations", {"memory_id": "uuid", "version_hash": "varchar"}, rebuildable=true
        )
    }}
),

-- The first of those that were not compared yet. What comes after it is asked about again: where a note arrives late,
-- those behind it have one more before them. What has the same before it as it had is an answer that is kept.
first_unseen as (
    select min((attended.event_at, attended.memory_id)) as place
    from {{ ref("stm_traces") }} as attended
    inner join {{ comparable_traces() }} as comparable on attended.memory_id = comparable.memory_id
    where (attended.memory_id, attended.version_hash) not in (select (memory_id, version_hash) from known)
),

news as (
    select
        attended.memory_id,
        attended.version_hash,
        attended.event_at,
        memories.content,
        timezone(run.zone, memories.created_at) as written_at,
        list_distinct(
            list_transform(
                regexp_extract_all(lower(memories.content), '[\p{L}\p{N}]{4,}'), lambda word: word[:5]
            )
        ) as words
    from {{ ref("stm_traces") }} as attended
    inner join {{ comparable_traces() }} as comparable on attended.memory_id = comparable.memory_id
    inner join {{ ref("stg_codex_store__current_memories") }} as memories
        on attended.memory_id = memories.memory_id and attended.version_hash = memories.version_hash
    cross join run
    cross join first_unseen
    where (attended.event_at, attended.memory_id) >= first_unseen.place
)

select * from news
