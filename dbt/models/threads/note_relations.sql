-- Grain: a trace that was compared with what was before it. Rebuildable from the answers. What it repeats, continues,
-- changes, contradicts or explains, and which commitments it closes: a memory that is retrieved with a new one is open
-- to change (Nader 2000), and noticed most where the two disagree (van Kesteren 2012).
-- A note of which one of those that it was compared with is gone is compared anew.
-- Cost: new traces; all of them by their keys and partners.
-- depends_on: {{ ref('stm_traces') }}
{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        pre_hook=[
            "{% if is_incremental() %}
            delete from {{ this }}
            where
                memory_id in (select memory_id from {{ ref('relation_requests') }})
                or memory_id not in (select memory_id from {{ ref('stm_traces') }})
                or memory_id in (
                    select memory_id
                    from (select memory_id, unnest(partner_ids) as partner_id from {{ this }})
                    where partner_id not in (select memory_id from {{ ref('stm_traces') }})
                )
            {% endif %}",
        ],
    )
}}

with

answered as (
    select requests.*, answers.answer, answers.model, answers.prompt_version, answers.answered_at
    from {{ ref("relation_requests") }} as requests
    left join {{ answers("relate") }} as answers on requests.input_hash = answers.input_hash
    left join {{ failures("relate") }} as failures on requests.input_hash = failures.input_hash
    where requests.input is null or answers.answer is not null or failures.input_hash is not null
),

final as (
    select
        memory_id,
        version_hash,
        event_at,
        partner_ids,
        commitment_ids,
        coalesce(
            from_json(
                json_extract(answer, '$.relations'),
                '[{"note": "integer", "kind": "varchar", "before": "varchar", "after": "varchar", "why": "varchar"}]'
            ),
            []
        ) as relations,
        coalesce(
            from_json(
                json_extract(answer, '$.closes'),
                '[{
                    "phrase": "varchar", "commitment": "integer", "outcome": "varchar", "due": "varchar",
                    "due_time": "varchar"
                }]'
            ),
            []
        ) as closes,
        {{ answer_text("answer", "insight.text") }} as insight,
        {{ answer_text("answer", "insight.kind") }} as insight_type,
        {{ answer_number("answer", "insight.confidence") }} as insight_confidence,
        {{ noted("coalesce(from_json(json_extract(answer, '$.insight.notes'), '[\"INTEGER\"]'), [])", "partner_ids") }}
            as insight_of,
        model,
        prompt_version,
        answered_at
    from answered
)

select * from final
order by event_at, memory_id
