-- Grain: a memory replayed in this run. Rebuilt each run: what to replay, how often, and why.
--
-- Awake: each trace is replayed once when it becomes ready (replay_due).
-- Asleep: by gain × need (Mattar & Daw 2018). New traces share `replays_per_night` on average, in proportion, and each
-- has one at least. What did not pass the threshold is taken up again on the following nights, half as much from night
-- to night as its tag fades (Frey & Morris 1997); what is weak then stays weak, and is forgotten. About 30 % of all
-- replays go to old knowledge (McClelland 1995), chosen by weight with a hash of night and memory.
with

run as (
    select * from {{ source("control", "clock") }} where rhythm = 'hippocampal_replay'
),

due as (
    select * exclude (is_ready, due_asleep) from {{ ref("replay_due") }} where is_ready
),

-- What earlier runs replayed. A run that is repeated does not see itself.
ledger as (
    select *
    from (
        {{
            feedback_rows(
                "consolidation",
                "replay_events",
                {
                    "phase": "varchar", "night": "date", "cycle": "integer", "memory_id": "uuid",
                    "partner_id": "uuid", "repetitions": "integer",
                },
            )
        }}
    )
    where
        partner_id is null
        and phase = 'asleep'
        and (night <> (select night from run) or cycle <> (select cycle from run))
),

retrievals as (
    select memory_id, count(*) as retrievals
    from {{ ref("stg_codex_processed__retrievals") }}
    group by memory_id
),

awake as (
    select
        'awake' as phase,
        {{ night_of("due.ready_at", "run.zone") }} as night,
        0 as cycle,
        due.memory_id,
        due.version_hash,
        due.prefix_key,
        due.ready_at as event_at,
        1 as repetitions,
        false as is_old,
        cast(null as double) as gain,
        cast(null as double) as need
    from due
    cross join run
    where due.due_awake
),

slept as (
    select
        memory_id,
        min(night) filter (where night <> (select night from run)) as first_night,
        coalesce(sum(repetitions) filter (where night = (select night from run)), 0) as replays_tonight,
        sum(repetitions) filter (where night <> (select night from run)) as replays
    from ledger
    group by memory_id
),

-- The plan looks at what earlier nights have done, not at the day's replays: so it is the same however often the day
-- was looked at, and whichever cycles of this night were missed.
strengths as (
    select
        due.* exclude (first_night, last_night, last_cycle, sleep_strength),
        date_diff('day', slept.first_night, (select night from run)) as nights_ago,
        coalesce(slept.replays_tonight, 0) as replays_tonight,
        {{ replayed_strength("due.encoding_strength", "coalesce(slept.replays, 0)") }} as strength
    from due
    left join slept on due.memory_id = slept.memory_id
),

weighed as (
    select
        due.memory_id,
        due.version_hash,
        due.prefix_key,
        due.encoding_strength,
        due.nights_ago,
        due.replays_tonight,
        due.strength >= {{ var("consolidation_threshold") }} as is_consolidated,
        due.encoding_strength * (1 - due.strength) as gain,
        exp(0.25 * ln(1 + due.coactivations) + ln(1 + coalesce(retrievals.retrievals, 0))) as activation
    from strengths as due
    left join retrievals on due.memory_id = retrievals.memory_id
    where (select phase from run) = 'asleep'
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
