-- Grain: a memory that may be in a thread as of deep sleep's clock: whatever was taken in and not filtered, attended or
-- not. A view.
-- Most telling besides its words is what a memory names: tags, people, places.
-- Cost: all memories.
{{ config(materialized="view") }}

with

asking as (
    select as_of from {{ ref("asking") }} where rhythm = 'deep_sleep'
),

embedding as (
    select max(contract) as contract from {{ source("control", "answer_contracts") }} where task = 'embedding'
),

final as (
    select
        memories.memory_id,
        memories.event_at,
        memories.content,
        concat_ws(e'\n', memories.summary, memories.content) as text,
        list_sort(
            list_distinct(
                list_transform(
                    list_concat(memories.tags, coalesce(admissions.people, []), coalesce(admissions.places, [])),
                    lambda cue: lower(trim(cue))
                )
            )
        ) as cues,
        md5(coalesce(memories.context, '') || ' ' || array_to_string(memories.tags, ' ')) as stream,
        admissions.embedding_hash,
        md5(memories.version_hash || coalesce(embedding.contract, '')) as note_key
    from {{ ref("stg_codex_store__current_memories") }} as memories
    inner join {{ ref("wm_admissions") }} as admissions on memories.memory_id = admissions.memory_id
    cross join asking
    cross join embedding
    where
        admissions.fate in ('attended', 'unattended', 'failed')
        and memories.unusable_reason is null
        and memories.event_at <= asking.as_of
)

select * from final
