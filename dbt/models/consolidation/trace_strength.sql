-- Grain: a trace. Rebuildable from the ledger. How strong a memory has become through replay, and when it passed the
-- threshold. s = 1 - (1 - x0) · prod(1 - eta·a)^n: bounded, and independent of the order and batching of replays.
-- To be reactivated as somebody's partner counts a little, too; to be recalled by a reader counts as several replays
-- (testing effect, Roediger & Karpicke 2006).
-- Cost: all traces, all replays of the ledger, and all recalls.
with

traces as (
    select memory_id, version_hash, event_at, encoding_strength from {{ ref("stm_traces") }}
),

activations as (
    select memory_id, event_at, repetitions, activation
    from {{ ref("replay_events") }}
    where partner_id is null
    union all
    select
        partner_id as memory_id, event_at, repetitions,
        {{ var("reactivation_share") }} * partner_activation as activation
    from {{ ref("replay_events") }}
    where partner_id is not null
    union all
    select
        retrievals.memory_id, retrievals.retrieved_at as event_at,
        cast(round({{ var("gain_retrieval") / var("gain_replay") }}) as integer) as repetitions,
        cast(1 as double) as activation
    from {{ ref("stg_codex_processed__retrievals") }} as retrievals
    inner join traces on retrievals.memory_id = traces.memory_id and retrievals.retrieved_at >= traces.event_at
),

-- Simultaneous activations are one step of the running product.
steps as (
    select
        memory_id,
        event_at,
        sum(repetitions) as repetitions,
        {{ exact_sum("repetitions * ln(1 - " ~ var("hebbian_learning_rate") ~ " * activation)") }} as log_keep
    from activations
    group by memory_id, event_at
),

running as (
    select
        traces.memory_id,
        traces.version_hash,
        traces.encoding_strength,
        steps.event_at,
        steps.repetitions,
        1 - (1 - traces.encoding_strength) * exp(
            {{ exact_sum("steps.log_keep", over="(partition by traces.memory_id order by steps.event_at)") }}
        ) as strength
    from traces
    inner join steps on traces.memory_id = steps.memory_id
),

summed as (
    select
        memory_id,
        round(max_by(strength, event_at), 12) as strength,
        min(event_at) filter (where round(strength, 12) >= {{ var("consolidation_threshold") }}) as consolidated_at,
        max(event_at) as last_replayed_at,
        sum(repetitions) as activations
    from running
    group by memory_id
),

final as (
    select
        traces.memory_id,
        traces.version_hash,
        traces.encoding_strength,
        coalesce(summed.strength, traces.encoding_strength) as strength,
        summed.consolidated_at,
        summed.last_replayed_at,
        coalesce(summed.activations, 0) as activations
    from traces
    left join summed on traces.memory_id = summed.memory_id
)

select * from final
order by memory_id
