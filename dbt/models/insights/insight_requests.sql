-- Grain: a memory without an insight for its present text. Rebuilt each run. The quick path: no attention, no sleep.
-- What says nearly the same is asked about once, of the earliest memory that says it; the others are its evidence.
-- Cost: memories without an insight; all memories are looked through by their keys.
with

memories as (
    select *
    from {{ ref("stg_codex_store__current_memories") }}
    where
        length(trim(content)) >= {{ var("min_content_length") }}
        and length(content) <= {{ var("max_content_length") }}
        and unusable_reason is null
),

known as (
    {{
        feedback_rows(
            "insights", "insights", {"memory_id": "uuid", "version_hash": "varchar"}, rebuildable=true
        )
    }}
),

concerned as (
    select memories.*
    from memories
    left join known on memories.memory_id = known.memory_id and memories.version_hash = known.version_hash
    where
        known.memory_id is null
        and memories.memory_id not in (select memory_id from {{ ref("insight_repeats") }})
),

final as (
    select
        memory_id || '/key_insight' as request_id,
        'key_insight' as task,
        memory_id,
        version_hash,
        created_at,
        {{ memory_text("insights") }} as input
    from concerned
)

select *, sha256(input) as input_hash
from final
order by created_at, memory_id
