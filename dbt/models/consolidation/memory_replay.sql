-- Grain: a consolidated memory: one whose strength over the replay ledger passed the threshold. Rebuildable. What
-- replay found in it: patterns, insights, predictions, principles, contradictions, and whom it is associated with. What
-- was found before stands until the new answer is there.
-- Cost: memories with a new answer, by their links; all consolidated memories are looked through by their keys.
{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        pre_hook=[
            "{% if is_incremental() %}
            delete from {{ this }}
            where
                memory_id in (
                    select memory_id from {{ ref('pattern_requests') }}
                    where
                        input_hash in (select input_hash from {{ answers('pattern_discovery') }})
                        or input_hash in (select input_hash from {{ failures('pattern_discovery') }})
                )
                or memory_id not in (
                    select memory_id from {{ ref('trace_strength') }} where consolidated_at is not null
                )
            {% endif %}",
        ],
    )
}}

with

requests as (
    select * from {{ ref("pattern_requests") }}
),

answered as (
    select requests.*, answers.answer, answers.model, answers.prompt_version
    from requests
    left join {{ answers("pattern_discovery") }} as answers on requests.input_hash = answers.input_hash
    left join {{ failures("pattern_discovery") }} as failures on requests.input_hash = failures.input_hash
    where answers.answer is not null or failures.input_hash is not null
),

links as (
    select memory_a as memory_id, memory_b as partner_id, weight from {{ ref("memory_associations") }}
    union all
    select memory_b as memory_id, memory_a as partner_id, weight from {{ ref("memory_associations") }}
),

associated as (
    select
        links.memory_id,
        list({memory_id: links.partner_id, strength: links.weight} order by links.weight desc, links.partner_id asc)
            as associates,
        {{ exact_sum("links.weight") }} as total_association_strength
    from links
    inner join answered on links.memory_id = answered.memory_id
    group by links.memory_id
),

final as (
    select
        answered.memory_id,
        answered.version_hash,
        traces.experience_id,
        traces.episode_id,
        traces.event_at,
        traces.entered_stm_at,
        strengths.consolidated_at,
        traces.goal,
        traces.tasks,
        {{ answer_list("answered.answer", "patterns") }} as discovered_patterns,
        {{ answer_list("answered.answer", "insights") }} as synthesized_insights,
        {{ answer_list("answered.answer", "predictions") }} as predictive_patterns,
        {{ answer_list("answered.answer", "principles") }} as abstract_principles,
        {{ answer_list("answered.answer", "contradictions") }} as contradictions,
        coalesce(associated.associates, []) as associates,
        coalesce(associated.total_association_strength, 0) as total_association_strength,
        traces.encoding_strength as pre_consolidation_strength,
        strengths.strength as consolidated_strength,
        answered.model,
        answered.prompt_version,
        {{ clock("hippocampal_replay", "beat") }} as beat
    from answered
    inner join {{ ref("stm_traces") }} as traces on answered.memory_id = traces.memory_id
    inner join {{ ref("trace_strength") }} as strengths on answered.memory_id = strengths.memory_id
    left join associated on answered.memory_id = associated.memory_id
)

select
    *,
    -- What knowledge is made of: it is written anew when this changes.
    md5(
        cast(
            to_json([
                version_hash, goal, cast(discovered_patterns as varchar), cast(synthesized_insights as varchar),
                cast(epoch_us(consolidated_at) as varchar)
            ]) as varchar
        )
    ) as replay_hash
from final
order by consolidated_at, memory_id
