-- Grain: a memory that is no repeat of an earlier one. Rebuildable. One key insight a memory, minutes after it was
-- saved. What was there before stands until the new answer is there; deleted memories take theirs along, and one that
-- repeats an earlier memory gives its own up.
-- Cost: new answers; all insights are looked through by their keys.
-- depends_on: {{ ref('stg_codex_store__current_memories') }}
-- depends_on: {{ ref('insight_repeats') }}
{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        pre_hook=[
            "{% if is_incremental() %}
            delete from {{ this }}
            where
                memory_id in (
                    select memory_id from {{ ref('insight_requests') }}
                    where input_hash in (select input_hash from {{ answers('key_insight') }})
                )
                or memory_id not in (select memory_id from {{ ref('stg_codex_store__current_memories') }})
                or memory_id in (select memory_id from {{ ref('insight_repeats') }})
            {% endif %}",
        ],
    )
}}

with

answered as (
    select requests.*, answers.answer, answers.model, answers.prompt_version, answers.answered_at
    from {{ ref("insight_requests") }} as requests
    inner join {{ answers("key_insight") }} as answers on requests.input_hash = answers.input_hash
),

final as (
    select
        {{ stable_uuid("'insight ' || memory_id") }} as insight_id,
        memory_id,
        version_hash,
        created_at,
        {{ answer_text("answer", "insight") }} as key_insight,
        {{ answer_text("answer", "insight_type") }} as insight_type,
        {{ answer_number("answer", "confidence") }} as confidence_score,
        {{ answer_list("answer", "people") }} as people,
        {{ answer_list("answer", "concepts") }} as concepts,
        {{ answer_list("answer", "tools") }} as tools,
        {{ answer_list("answer", "locations") }} as locations,
        model,
        prompt_version,
        answered_at,
        {{ clock("insights", "beat") }} as beat
    from answered
)

select * from final
order by created_at, memory_id
