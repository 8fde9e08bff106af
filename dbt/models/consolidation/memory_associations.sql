-- Grain: an unordered pair of memories (memory_a < memory_b) that were active together. Rebuildable from the ledgers.
--
-- Hebb with a soft bound: dw = eta·ai·aj·(1 - w), so w = 1 - prod(1 - eta·ai·aj)^n, the same in any order. A dream
-- worth keeping starts a weak link. Weekly downscaling multiplies w where it fell in time, so it survives every
-- rebuild. Between uses a link fades; `effective_weight` is w as of the clock.
-- Cost: all replays of the ledger with a partner, and all scalings.
-- depends_on: {{ ref("replay_events") }}
with

coactivations as (
    select * from {{ ref("link_coactivations") }}
),

scalings as (
    select *, row_number() over (partition by memory_a, memory_b order by event_at) as nth
    from (
        {{
            feedback_rows(
                "homeostasis",
                "scaling_events",
                {"memory_a": "uuid", "memory_b": "uuid", "event_at": "timestamptz", "factor": "double"},
            )
        }}
    )
),

-- Between two scalings the order of co-activations is of no account, so each stretch is one step.
stretched as (
    select
        coactivations.memory_a,
        coactivations.memory_b,
        coactivations.log_keep,
        coalesce(scalings.nth, 0) as stretch
    from coactivations
    asof left join scalings
        on
            coactivations.memory_a = scalings.memory_a
            and coactivations.memory_b = scalings.memory_b
            and coactivations.event_at > scalings.event_at
),

steps as (
    select memory_a, memory_b, stretch, false as is_scaling, exp({{ exact_sum("log_keep") }}) as factor
    from stretched
    group by memory_a, memory_b, stretch
    union all
    select memory_a, memory_b, nth - 1 as stretch, true as is_scaling, factor
    from scalings
),

weights as (
    select
        memory_a,
        memory_b,
        list_reduce(  -- noqa: PRS
            list({is_scaling: is_scaling, factor: factor} order by stretch, is_scaling),
            lambda weight, step: {
                is_scaling: false,
                factor: case
                    when step.is_scaling then weight.factor * step.factor
                    else 1 - (1 - weight.factor) * step.factor
                end
            },
            {is_scaling: false, factor: cast(0 as double)}
        ).factor as weight
    from steps
    group by memory_a, memory_b
),

histories as (
    select
        memory_a,
        memory_b,
        sum(repetitions) as coactivations,
        max(evidence) as evidence,
        min(event_at) as first_at,
        max(event_at) as last_at,
        bool_and(is_dream) as is_dream_only
    from coactivations
    group by memory_a, memory_b
),

scaled as (
    select memory_a, memory_b, max(nth) as scalings from scalings group by memory_a, memory_b
),

final as (
    select
        histories.memory_a,
        histories.memory_b,
        round(weights.weight, 12) as weight,
        round(
            weights.weight * {{ link_fading("histories.last_at", clock("hippocampal_replay")) }}, 12
        ) as effective_weight,
        histories.coactivations,
        histories.evidence,
        histories.first_at,
        histories.last_at,
        histories.is_dream_only,
        coalesce(scaled.scalings, 0) as scalings
    from histories
    inner join weights on histories.memory_a = weights.memory_a and histories.memory_b = weights.memory_b
    left join scaled
        on histories.memory_a = scaled.memory_a and histories.memory_b = scaled.memory_b
)

select * from final
order by memory_a, memory_b
