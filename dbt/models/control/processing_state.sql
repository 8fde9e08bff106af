-- Grain: a memory that the source holds. The account of DESIGN rule 3: every memory has exactly one status, and a
-- reason unless it is attended. A view over what the stages wrote, so it can't disagree with them.
with

memories as (
    select * from {{ ref("stg_codex_store__current_memories") }}
),

admissions as (
    select * from {{ ref("wm_admissions") }}
),

final as (
    select
        memories.memory_id,
        memories.event_at,
        case
            when admissions.version_hash = memories.version_hash then admissions.fate
            else 'pending'
        end as status,
        case
            when admissions.version_hash = memories.version_hash then admissions.fate_reason
            when memories.event_at > {{ clock("working_memory") }} then 'lies in the future'
            else 'waits for working memory'
        end as reason,
        admissions.window_start,
        case when admissions.fate = 'failed' then {{ var("max_retry_attempts") }} else 0 end as attempts,
        case when admissions.fate = 'failed' then admissions.fate_reason end as last_error
    from memories
    left join admissions on memories.memory_id = admissions.memory_id
)

select * from final
