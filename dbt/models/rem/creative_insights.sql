-- Grain: a dream (memory_a < memory_b). Rebuildable. Kept apart from memories and never dreamt on. One
-- worth keeping starts a weak link in memory_associations. Deleted memories take their dreams along.
-- Cost: new answers; all dreams are looked through by their keys.
-- depends_on: {{ ref('ltm_semantic_network') }}
{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        pre_hook=[
            "{% if is_incremental() %}
            delete from {{ this }}
            where (memory_a, memory_b) not in (select (memory_a, memory_b) from {{ ref('rem_pairs') }})
            {% endif %}",
        ],
    )
}}

with

answered as (
    select requests.*, answers.answer, answers.model, answers.prompt_version
    from {{ ref("rem_requests") }} as requests
    inner join {{ answers("creative_connection") }} as answers on requests.input_hash = answers.input_hash
),

final as (
    select
        {{ stable_uuid("'dream ' || answered.memory_a || ' ' || answered.memory_b") }} as dream_id,
        answered.memory_a,
        answered.memory_b,
        pairs.night,
        pairs.cycle,
        pairs.event_at,
        pairs.cosine,
        {{ answer_text("answered.answer", "connection") }} as creative_connection,
        {{ answer_text("answered.answer", "shared_theme") }} as shared_theme,
        {{ answer_number("answered.answer", "plausibility") }} as plausibility,
        {{ answer_number("answered.answer", "novelty") }} as novelty,
        {{ answer_number("answered.answer", "plausibility") }} >= 0.3
        and length({{ answer_text("answered.answer", "connection") }}) > 50 as is_kept,
        answered.model,
        answered.prompt_version,
        {{ clock("rem_sleep", "beat") }} as beat
    from answered
    inner join {{ ref("rem_pairs") }} as pairs
        on answered.memory_a = pairs.memory_a and answered.memory_b = pairs.memory_b
)

select * from final
order by event_at, memory_a, memory_b
