-- Grain: an attended memory of a day to be laid down. Ephemeral: a part of stm_traces. What the hippocampus binds: the
-- memory with its goal, place, people and gist, and the strength that the experience itself gives it.
--
-- Encoding strength x0 = 1 - (1 - p'/2)(1 - k·arousal): importance and urgency, and arousal but not valence
-- (McGaugh 2004).
-- Cost: the memories of the days to be laid down; all admissions are looked through by their keys.
{{ config(materialized="ephemeral") }}

with

due as (
    select * from {{ ref("stm_due") }}
),

memories as (
    select * from {{ ref("stg_codex_store__current_memories") }}
    where memory_id in (select memory_id from due)
),

bound as (
    select
        admissions.memory_id,
        admissions.experience_id,
        admissions.version_hash,
        admissions.event_at,
        admissions.window_end,
        admissions.slot,
        admissions.in_focus,
        admissions.priority,
        admissions.importance,
        admissions.urgency,
        admissions.arousal,
        admissions.valence,
        admissions.sentiment,
        admissions.task_type,
        admissions.organizations,
        admissions.tools,
        admissions.places,
        admissions.topics,
        admissions.embedding_hash,
        admissions.model,
        due.waking_day,
        admissions.goal,
        admissions.tasks,
        admissions.actions,
        admissions.temporal_marker,
        admissions.causal_links,
        admissions.place,
        coalesce(admissions.place_frame, 'unknown') as place_frame,
        coalesce(admissions.time_of_day, 'unknown') as time_of_day,
        admissions.duration_minutes,
        list_sort(list_distinct(admissions.people)) as companions,
        admissions.objects,
        coalesce(memories.summary, left(regexp_replace(trim(memories.content), '\s+', ' ', 'g'), 200)) as gist,
        memories.tags,
        memories.chunk_index,
        embeddings.vector,
        admissions.prompt_version
    from due
    inner join {{ ref("wm_admissions") }} as admissions
        on due.memory_id = admissions.memory_id and admissions.fate = 'attended'
    inner join memories on due.memory_id = memories.memory_id
    left join {{ embeddings() }} as embeddings on admissions.embedding_hash = embeddings.input_hash
),

final as (
    select
        *,
        1
        - (
            1 - 0.5 * (
                {{ var("attention_weight_importance") }} * importance + {{ var("attention_weight_urgency") }} * urgency
            ) / {{ var("attention_weight_importance") + var("attention_weight_urgency") }}
        )
        * (1 - {{ var("emotional_gain") }} * arousal) as initial_strength
    from bound
)

select * from final
