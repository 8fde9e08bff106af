-- Grain: a memory whose attention window is to be ranked (again). Ephemeral: a part of wm_admissions. How it was
-- judged, and whether it competes for a place, is filtered, failed, or still waits for the language model.
-- Cost: the memories of such windows; answers are looked up by their hashes.
{{ config(materialized="ephemeral") }}

with

requests as (
    select * from {{ ref("wm_feature_requests") }} where task = 'perceive'
),

texts_to_embed as (
    select memory_id, input_hash as embedding_hash from {{ ref("wm_feature_requests") }} where task = 'embedding'
),

final as (
    select
        requests.memory_id,
        requests.experience_id,
        requests.version_hash,
        requests.event_at,
        requests.created_at,
        requests.window_start,
        requests.filter_reason,
        texts_to_embed.embedding_hash,
        {{ answer_number("answers.answer", "importance") }} as importance,
        {{ answer_number("answers.answer", "urgency") }} as urgency,
        {{ answer_number("answers.answer", "arousal") }} as arousal,
        {{ answer_number("answers.answer", "valence") }} as valence,
        {{ answer_text("answers.answer", "sentiment") }} as sentiment,
        {{ answer_text("answers.answer", "task_type") }} as task_type,
        {{ answer_list("answers.answer", "people") }} as people,
        {{ answer_list("answers.answer", "organizations") }} as organizations,
        {{ answer_list("answers.answer", "tools") }} as tools,
        {{ answer_list("answers.answer", "places") }} as places,
        {{ answer_list("answers.answer", "topics") }} as topics,
        {{ answer_text("answers.answer", "goal") }} as goal,
        {{ answer_list("answers.answer", "tasks") }} as tasks,
        {{ answer_list("answers.answer", "actions") }} as actions,
        {{ answer_text("answers.answer", "temporal_marker") }} as temporal_marker,
        {{ answer_list("answers.answer", "causal_links") }} as causal_links,
        {{ answer_text("answers.answer", "place") }} as place,
        {{ answer_text("answers.answer", "place_frame") }} as place_frame,
        {{ answer_text("answers.answer", "time_of_day") }} as time_of_day,
        {{ answer_number("answers.answer", "duration_minutes") }} as duration_minutes,
        json_extract(answers.answer, '$.objects') as objects,
        {{ answer_text("answers.answer", "gist") }} as gist,
        {{ answer_text("answers.answer", "gist_kind") }} as gist_kind,
        {{ answer_number("answers.answer", "confidence") }} as gist_confidence,
        answers.answered_at,
        answers.model,
        answers.prompt_version,
        failures.last_error,
        case
            when requests.filter_reason is not null then 'filtered'
            when answers.answer is not null then 'competing'
            when failures.input_hash is not null then 'failed'
            else 'pending'
        end as standing
    from requests
    left join texts_to_embed on requests.memory_id = texts_to_embed.memory_id
    left join {{ answers("perceive") }} as answers on requests.input_hash = answers.input_hash
    left join {{ failures("perceive") }} as failures on requests.input_hash = failures.input_hash
)

select * from final
