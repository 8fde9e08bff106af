-- Grain: a memory as it stands. A view: cheap, always true.
-- Chunks of one parent are one experience: they share the time of its earliest chunk, and so a window and an episode.
-- Cost: all versions of all memories.
{{ config(materialized="view") }}

with

versions as (
    select
        * replace ({{ in_calendar("created_at") }} as created_at),
        created_at <> {{ in_calendar("created_at") }} as is_off_the_calendar -- taken in by an earlier version
    from {{ ref("stg_codex_store__memories") }}
    where is_current and not is_deleted
),

chunked as (
    select parent_id as experience_id, min(created_at) as first_chunk_at
    from versions
    where parent_id is not null and unusable_reason is null and not is_off_the_calendar
    group by parent_id
),

final as (
    select
        versions.memory_id,
        coalesce(versions.parent_id, versions.memory_id) as experience_id,
        versions.version_no,
        versions.version_hash,
        versions.content,
        nullif(trim(versions.context), '') as context,
        nullif(trim(versions.summary), '') as summary,
        versions.metadata,
        coalesce(versions.tags, []) as tags,
        versions.chunk_index,
        versions.total_chunks,
        versions.created_at,
        versions.updated_at,
        case
            when versions.is_off_the_calendar then 'created_at lies outside of the years 1 to 9999'
            else versions.unusable_reason
        end as unusable_reason,
        coalesce(least(versions.created_at, chunked.first_chunk_at), versions.created_at) as event_at,
        versions.beat
    from versions
    left join chunked on coalesce(versions.parent_id, versions.memory_id) = chunked.experience_id
)

select * from final
