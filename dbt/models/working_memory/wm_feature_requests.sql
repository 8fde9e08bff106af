-- Grain: (memory, task) of every attention window that must be ranked, or ranked again: windows with a memory that is
-- new, changed, moved, gone, was still waiting for its answer, or had failed and was released. Rebuilt each run.
-- What is too short, too long or too odd to be understood is listed with its reason and without an input: it is not
-- asked.
-- Cost: memories of windows with something new; all memories and admissions are looked through by their keys.
with

memories as (
    select
        *,
        to_timestamp(
            floor(epoch(event_at) / {{ var("working_memory_window_seconds") }})
            * {{ var("working_memory_window_seconds") }}
        ) as window_start
    from {{ ref("stg_codex_store__current_memories") }}
    where event_at <= {{ clock("working_memory") }} or unusable_reason is not null
),

-- This model's reader is its state: a window is settled when its admissions match the memories as they stand.
admitted as (
    {{
        feedback_rows(
            "working_memory",
            "wm_admissions",
            {
                "memory_id": "uuid", "version_hash": "varchar", "window_start": "timestamptz", "fate": "varchar",
                "embedding_hash": "varchar",
            },
            rebuildable=true,
        )
    }}
),

-- Whoever failed stays failed until it is released, or another model is asked.
released as (
    select memory_id
    from memories
    where
        memory_id in (select memory_id from admitted where fate = 'failed')
        and sha256({{ memory_text() }}) not in (select input_hash from {{ failures("perceive") }})
),

unsettled_windows as (
    select memories.window_start
    from memories
    left join admitted
        on
            memories.memory_id = admitted.memory_id
            and memories.version_hash = admitted.version_hash
            and memories.window_start = admitted.window_start
            and admitted.fate <> 'pending'
    where admitted.memory_id is null or memories.memory_id in (select memory_id from released)
    union
    select admitted.window_start
    from admitted
    left join memories
        on admitted.memory_id = memories.memory_id and admitted.window_start = memories.window_start
    where memories.memory_id is null
),

-- A change of the embedding model leaves memories without a vector; they are embedded anew, not ranked anew.
without_vector as (
    select admitted.memory_id
    from admitted
    left join {{ embeddings() }} as embeddings on admitted.embedding_hash = embeddings.input_hash
    where admitted.embedding_hash is not null and embeddings.input_hash is null
),

concerned as (
    select
        memories.*,
        unsettled_windows.window_start is not null as ranked_anew,
        case
            when memories.unusable_reason is not null then memories.unusable_reason
            when length(trim(memories.content)) < {{ var("min_content_length") }}
                then 'shorter than {{ var("min_content_length") }} characters'
            when length(memories.content) > {{ var("max_content_length") }}
                then 'longer than {{ var("max_content_length") }} characters'
        end as filter_reason
    from memories
    left join unsettled_windows on memories.window_start = unsettled_windows.window_start
    where
        unsettled_windows.window_start is not null
        or memories.memory_id in (select memory_id from without_vector)
),

questions as (
    select
        *,
        'perceive' as task,
        {{ memory_text() }} as question
    from concerned
    where ranked_anew
    union all by name
    select
        *,
        'embedding' as task,
        cast(to_json({text: concat_ws(chr(10), summary, content)}) as varchar) as question
    from concerned
),

final as (
    select
        memory_id || '/' || task as request_id,
        task,
        memory_id,
        experience_id,
        version_hash,
        event_at,
        created_at,
        window_start,
        filter_reason,
        case when filter_reason is null then question end as input,
        case when filter_reason is null then sha256(question) end as input_hash
    from questions
)

select * from final
order by event_at, memory_id, task
