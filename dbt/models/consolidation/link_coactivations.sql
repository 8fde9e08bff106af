-- Grain: a co-activation of an unordered pair of memories (memory_a < memory_b), in a replay or in a dream worth
-- keeping. Ephemeral: a part of memory_associations. `log_keep` is the logarithm of what it leaves of the way to 1.
-- Cost: all replays of the ledger with a partner, and all dreams.
{{ config(materialized="ephemeral") }}

with

replays as (
    select
        least(memory_id, partner_id) as memory_a,
        greatest(memory_id, partner_id) as memory_b,
        event_at,
        repetitions,
        partner_activation as evidence,
        repetitions * ln(1 - {{ var("hebbian_learning_rate") }} * activation * partner_activation) as log_keep,
        false as is_dream
    from {{ ref("replay_events") }}
    where partner_id is not null
),

dreams as (
    select
        memory_a, memory_b, event_at, 1 as repetitions, cast(null as double) as evidence,
        ln(1 - {{ var("dream_link_weight") }}) as log_keep, true as is_dream
    from (
        {{
            feedback_rows(
                "rem",
                "creative_insights",
                {"memory_a": "uuid", "memory_b": "uuid", "event_at": "timestamptz", "is_kept": "boolean"},
            )
        }}
    )
    where
        is_kept
        and memory_a in (select memory_id from {{ ref("stm_traces") }})
        and memory_b in (select memory_id from {{ ref("stm_traces") }})
),

forgotten as (
    {{
        feedback_rows(
            "homeostasis",
            "pruned",
            {"kind": "varchar", "memory_a": "uuid", "memory_b": "uuid", "pruned_at": "timestamptz"},
        )
    }}
),

-- A pruned link starts anew: what was before counts no more.
final as (
    select coactivations.*
    from (
        select * from replays
        union all by name
        select * from dreams
    ) as coactivations
    left join forgotten
        on
            forgotten.kind = 'link'
            and coactivations.memory_a = forgotten.memory_a
            and coactivations.memory_b = forgotten.memory_b
            and coactivations.event_at <= forgotten.pruned_at
    where forgotten.kind is null
)

select * from final
