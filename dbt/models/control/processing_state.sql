-- Grain: a memory that the source holds. The account: every memory has exactly one status, and a
-- reason unless it is attended. A view over what the stages wrote, so it can't disagree with them.
-- Cost: all memories, by their keys; failed ones by their texts.
with

memories as (
    select * from {{ ref("stg_codex_store__current_memories") }}
),

admissions as (
    select * from {{ ref("wm_admissions") }}
),

questions_of_failed as (
    select memory_id, sha256({{ memory_text() }}) as input_hash
    from memories
    where memory_id in (select memory_id from admissions where fate = 'failed')
),

-- Who failed, unless it was released since.
failed as (
    select questions.memory_id, failures.attempts, failures.last_error
    from questions_of_failed as questions
    inner join {{ failures("perceive") }} as failures on questions.input_hash = failures.input_hash
),

final as (
    select
        memories.memory_id,
        memories.event_at,
        greatest(memories.updated_at, memories.event_at) as waits_since,
        case
            when admissions.fate = 'failed' and failed.memory_id is null then 'pending'
            when admissions.version_hash = memories.version_hash then admissions.fate
            else 'pending'
        end as status,
        case
            when
                admissions.version_hash = memories.version_hash and admissions.fate = 'failed'
                and failed.memory_id is null
                then 'was released and waits for working memory'
            when admissions.version_hash = memories.version_hash then admissions.fate_reason
            when memories.event_at > {{ clock("working_memory") }} then 'lies in the future'
            else 'waits for working memory'
        end as reason,
        admissions.window_start,
        coalesce(failed.attempts, 0) as attempts,
        failed.last_error
    from memories
    left join admissions on memories.memory_id = admissions.memory_id
    left join failed on memories.memory_id = failed.memory_id
)

select * from final
