-- Grain: a pair that was asked about (memory_a < memory_b). Not rebuildable: what was open that night is past. Kept
-- apart from memories and never dreamt on. Worth keeping is what lost to no other of its night, and starts a weak link
-- in memory_associations. Deleted memories take their dreams along.
-- Cost: new answers; all dreams are looked through by their keys.
-- depends_on: {{ ref('ltm_semantic_network') }}
-- depends_on: {{ ref('stg_codex_store__current_memories') }}
{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        full_refresh=false,
        pre_hook=[
            "{% if is_incremental() %}
            delete from {{ this }}
            where
                (memory_a, memory_b) not in (select (memory_a, memory_b) from {{ ref('rem_pairs') }})
                or concerned_id not in (select memory_id from {{ ref('stg_codex_store__current_memories') }})
                or other_id not in (select memory_id from {{ ref('stg_codex_store__current_memories') }})
            {% endif %}",
        ],
    )
}}

with

drafts as (
    select * from {{ ref("rem_drafts") }}
),

choices as (
    select
        choices.*,
        json_extract_string(answers.answer, '$.better') as better,
        answers.answer is null and failures.input_hash is null as is_undecided
    from {{ ref("rem_choices") }} as choices
    left join {{ answers("dream_choice") }} as answers on choices.input_hash = answers.input_hash
    left join {{ failures("dream_choice") }} as failures on choices.input_hash = failures.input_hash
),

-- A question that was given up decides nothing.
sides as (
    select memory_a, memory_b, is_undecided, better <> 'first' as is_lost from choices
    union all
    select second_a as memory_a, second_b as memory_b, is_undecided, better <> 'second' as is_lost
    from choices
    where second_a is not null
),

verdicts as (
    select memory_a, memory_b, bool_or(is_undecided) as is_undecided, coalesce(bool_or(is_lost), false) as is_lost
    from sides
    group by memory_a, memory_b
),

final as (
    select
        {{ stable_uuid("'dream ' || drafts.memory_a || ' ' || drafts.memory_b") }} as dream_id,
        drafts.memory_a,
        drafts.memory_b,
        pairs.night,
        pairs.cycle,
        pairs.event_at,
        pairs.cosine,
        drafts.concerned_id,
        drafts.other_id,
        drafts.open_point,
        drafts.connection as creative_connection,
        drafts.shared_theme,
        drafts.plausibility,
        drafts.novelty,
        drafts.is_draft and not verdicts.is_lost as is_kept,
        drafts.model,
        drafts.prompt_version,
        {{ clock("rem_sleep", "beat") }} as beat
    from drafts
    inner join {{ ref("rem_pairs") }} as pairs
        on drafts.memory_a = pairs.memory_a and drafts.memory_b = pairs.memory_b
    left join verdicts on drafts.memory_a = verdicts.memory_a and drafts.memory_b = verdicts.memory_b
    where not drafts.is_draft or not verdicts.is_undecided
)

select * from final
order by event_at, memory_a, memory_b
