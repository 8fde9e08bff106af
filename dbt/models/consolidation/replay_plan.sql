-- Grain: a memory replayed in this run. Rebuilt each run: what to replay, how often, and why.
--
-- Awake: each trace is replayed once when it becomes ready (replay_due).
-- Asleep: by gain × need (replay_weights). New traces share `replays_per_night` on average, in proportion, and each
-- has one at least. What did not pass the threshold is taken up again on the following nights, half as much from night
-- to night as its tag fades (Frey & Morris 1997); what is weak then stays weak, and is forgotten. About 30 % of all
-- replays go to old knowledge (McClelland 1995), chosen by weight with a hash of night and memory.
-- Cost: all traces, and all replays of the ledger.
with

run as (
    select * from {{ source("control", "clock") }} where rhythm = 'hippocampal_replay'
),

ready as (
    select * from {{ ref("replay_weights") }}
),

awake as (
    select
        'awake' as phase,
        {{ night_of("ready.ready_at", "run.zone") }} as night,
        0 as cycle,
        ready.memory_id,
        ready.version_hash,
        ready.prefix_key,
        ready.ready_at as event_at,
        1 as repetitions,
        false as is_old,
        cast(null as double) as gain,
        cast(null as double) as need
    from ready
    cross join run
    where ready.due_awake
),

weighed as (
    select * from ready where (select phase from run) = 'asleep'
),

new_traces as (
    select
        *,
        activation / nullif({{ exact_avg("activation", over="()") }}, 0) as need,
        gain * activation / nullif({{ exact_avg("gain * activation", over="()") }}, 0) as relative_score
    from weighed
    where nights_ago is null or (not is_consolidated and nights_ago < {{ var("replay_nights") }})
),

new_replays as (
    select
        new_traces.*,
        -- What is due of the night's replays by now, less what this night gave already: cycles that were missed are
        -- made up for, and nothing is doubled.
        greatest(
            0,
            cast(
                round(
                    greatest(
                        case when nights_ago is null then 1 else 0 end,
                        least(10, {{ var("replays_per_night") }} * pow(0.5, coalesce(nights_ago, 0)) * relative_score)
                    ) * run.slow_wave_until
                ) as integer
            ) - replays_tonight
        ) as repetitions
    from new_traces
    cross join run
),

old_memories as (
    select
        weighed.*,
        activation / nullif({{ exact_avg("activation", over="()") }}, 0) as need,
        -- An exponential race: the smallest keys win, each with a chance in proportion to its weight.
        row_number() over (
            order by
                -ln(1 - {{ uniform("'replay ' || run.night || ' ' || run.cycle || ' ' || weighed.memory_id") }})
                / greatest(weighed.encoding_strength * weighed.activation, 1e-9),
                weighed.memory_id
        ) as turn,
        count(*) over () as candidates
    from weighed
    cross join run
    where nights_ago is not null and is_consolidated
),

-- In proportion to what is new: nothing new, nothing old (and `least` of a number and null is the number).
old_budget as (
    select
        cast(
            round(
                coalesce(sum(repetitions), 0) * {{ var("replay_old_share") }} / (1 - {{ var("replay_old_share") }})
            ) as bigint
        ) as replays
    from new_replays
),

old_replays as (
    select
        old_memories.*,
        cast(
            least(
                10,
                old_budget.replays // old_memories.candidates
                + case when turn <= old_budget.replays % old_memories.candidates then 1 else 0 end
            ) as integer
        ) as repetitions
    from old_memories
    cross join old_budget
),

asleep as (
    select memory_id, version_hash, prefix_key, repetitions, false as is_old, gain, need from new_replays
    union all
    select memory_id, version_hash, prefix_key, repetitions, true as is_old, gain, need from old_replays
),

final as (
    select * from awake
    union all by name
    select
        'asleep' as phase,
        run.night,
        run.cycle,
        asleep.*,
        run.as_of as event_at
    from asleep
    cross join run
    where asleep.repetitions > 0
)

select
    phase, night, cycle, memory_id, version_hash, prefix_key, event_at, repetitions, is_old, gain, need
from final
order by event_at, phase, memory_id
