-- Grain: a consolidated memory that has no gist yet, or whose patterns have changed since. Rebuilt each run.
-- Cost: memories that are asked about; all consolidated memories are looked through by their keys.
with

consolidated as (
    select memory_id, goal, discovered_patterns, synthesized_insights, replay_hash
    from {{ ref("memory_replay") }}
),

known as (
    {{
        feedback_rows(
            "long_term",
            "ltm_semantic_network",
            {"memory_id": "uuid", "replay_hash": "varchar"},
            rebuildable=true,
        )
    }}
),

concerned as (
    select consolidated.*, memories.content, memories.context, memories.summary, memories.tags
    from consolidated
    inner join {{ ref("stg_codex_store__current_memories") }} as memories
        on consolidated.memory_id = memories.memory_id
    left join known
        on consolidated.memory_id = known.memory_id and consolidated.replay_hash = known.replay_hash
    where known.memory_id is null
),

final as (
    select
        memory_id || '/semantic_summary' as request_id,
        'semantic_summary' as task,
        memory_id,
        replay_hash,
        cast(
            to_json({
                content: content,
                context: context,
                summary: summary,
                tags: tags,
                goal: goal,
                patterns: discovered_patterns,
                insights: synthesized_insights
            }) as varchar
        ) as input
    from concerned
)

select *, sha256(input) as input_hash
from final
order by memory_id
