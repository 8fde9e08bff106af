-- Grain: a knowledge item, what the cortex keeps of one consolidated memory without its episodic detail. Rebuildable.
-- What was known stands until the new answer is there; deleted memories take their knowledge along.
-- Cost: new answers; all knowledge is looked through by its keys.
{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        pre_hook=[
            "{% if is_incremental() %}
            delete from {{ this }}
            where
                memory_id in (
                    select memory_id from {{ ref('ltm_gist_requests') }}
                    where input_hash in (select input_hash from {{ answers('semantic_summary') }})
                )
                or memory_id not in (select memory_id from {{ ref('memory_replay') }})
            {% endif %}",
        ],
    )
}}

with

answered as (
    select requests.*, answers.answer, answers.model, answers.prompt_version
    from {{ ref("ltm_gist_requests") }} as requests
    inner join {{ answers("semantic_summary") }} as answers on requests.input_hash = answers.input_hash
),

final as (
    select
        {{ stable_uuid("'knowledge ' || answered.memory_id") }} as knowledge_id,
        answered.memory_id,
        answered.replay_hash,
        replay.event_at,
        replay.entered_stm_at,
        replay.consolidated_at,
        replay.consolidated_at as entered_ltm_at,
        {{ answer_text("answered.answer", "gist") }} as semantic_gist,
        lower({{ answer_text("answered.answer", "category") }}) as semantic_category,
        {{ answer_text("answered.answer", "cortical_region") }} as cortical_region,
        {{ answer_text("answered.answer", "knowledge_type") }} as knowledge_type,
        cast({{ answer_number("answered.answer", "abstraction_level") }} as integer) as abstraction_level,
        list_sort(
            list_distinct(
                list_transform({{ answer_list("answered.answer", "concepts") }}, lambda concept: lower(trim(concept)))
            )
        ) as concepts,
        {{ answer_list("answered.answer", "integration_points") }} as integration_points,
        replay.discovered_patterns as patterns,
        replay.synthesized_insights as insights,
        replay.predictive_patterns as predictions,
        replay.abstract_principles as principles,
        replay.contradictions,
        answered.model,
        answered.prompt_version,
        {{ clock("deep_sleep", "beat") }} as beat
    from answered
    inner join {{ ref("memory_replay") }} as replay on answered.memory_id = replay.memory_id
)

select * from final
order by entered_ltm_at, memory_id
