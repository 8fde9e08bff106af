-- Grain: an attended memory of a day to be laid down whose questions were answered or given up. Ephemeral: a part of
-- stm_traces. What the hippocampus binds: the memory with its goal, place, people and gist, and the strength that the
-- experience itself gives it.
--
-- Encoding strength x0 = 1 - (1 - p'/2)(1 - k·arousal): importance and urgency, and arousal but not valence
-- (McGaugh 2004).
-- Cost: the memories of the days to be laid down; all admissions and answers are looked through by their keys.
{{ config(materialized="ephemeral") }}

with

requests as (
    select * from {{ ref("stm_requests") }}
),

structures as (
    select requests.*, answers.answer, answers.model, answers.prompt_version, failures.input_hash is not null as failed
    from requests
    left join {{ answers("episode_structure") }} as answers on requests.input_hash = answers.input_hash
    left join {{ failures("episode_structure") }} as failures on requests.input_hash = failures.input_hash
    where requests.task = 'episode_structure'
),

contexts as (
    select requests.*, answers.answer, failures.input_hash is not null as failed
    from requests
    left join {{ answers("episode_context") }} as answers on requests.input_hash = answers.input_hash
    left join {{ failures("episode_context") }} as failures on requests.input_hash = failures.input_hash
    where requests.task = 'episode_context'
),

memories as (
    select * from {{ ref("stg_codex_store__current_memories") }}
    where memory_id in (select memory_id from requests)
),

-- An answer that was given up leaves its fields empty; one that is still awaited keeps the memory waiting.
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
        structures.waking_day,
        {{ answer_text("structures.answer", "goal") }} as goal,
        {{ answer_list("structures.answer", "tasks") }} as tasks,
        {{ answer_list("structures.answer", "actions") }} as actions,
        {{ answer_text("structures.answer", "temporal_marker") }} as temporal_marker,
        {{ answer_list("structures.answer", "causal_links") }} as causal_links,
        {{ answer_text("contexts.answer", "place") }} as place,
        coalesce({{ answer_text("contexts.answer", "place_frame") }}, 'unknown') as place_frame,
        coalesce({{ answer_text("contexts.answer", "time_of_day") }}, 'unknown') as time_of_day,
        {{ answer_number("contexts.answer", "duration_minutes") }} as duration_minutes,
        list_sort(list_distinct(list_concat(admissions.people, {{ answer_list("contexts.answer", "people") }})))
            as companions,
        json_extract(contexts.answer, '$.objects') as objects,
        coalesce(memories.summary, left(regexp_replace(trim(memories.content), '\s+', ' ', 'g'), 200)) as gist,
        memories.tags,
        memories.chunk_index,
        embeddings.vector,
        structures.model as structure_model,
        structures.prompt_version as structure_prompt_version
    from structures
    inner join contexts on structures.memory_id = contexts.memory_id
    inner join {{ ref("wm_admissions") }} as admissions
        on structures.memory_id = admissions.memory_id and admissions.fate = 'attended'
    inner join memories on structures.memory_id = memories.memory_id
    left join {{ embeddings() }} as embeddings on admissions.embedding_hash = embeddings.input_hash
    where
        (structures.answer is not null or structures.failed)
        and (contexts.answer is not null or contexts.failed)
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
