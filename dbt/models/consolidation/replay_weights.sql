-- Grain: a trace that is ready for replay. Ephemeral: a part of replay_plan. What it would gain by a replay, how active
-- it is (gain × need, Mattar & Daw 2018), and what earlier nights and this one gave it.
--
-- The plan looks at what earlier nights have done, not at the day's replays: so it is the same however often the day
-- was looked at, and whichever cycles of this night were missed.
-- Cost: all traces, and all replays of the ledger.
{{ config(materialized="ephemeral") }}

with

run as (
    select * from {{ source("control", "clock") }} where rhythm = 'hippocampal_replay'
),

due as (
    select * from {{ ref("replay_due") }} where is_ready
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

slept as (
    select
        memory_id,
        min(night) filter (where night <> (select night from run)) as first_night,
        coalesce(sum(repetitions) filter (where night = (select night from run)), 0) as replays_tonight,
        sum(repetitions) filter (where night <> (select night from run)) as replays
    from ledger
    group by memory_id
),

strengths as (
    select
        due.* exclude (first_night, last_night, last_cycle, sleep_strength),
        date_diff('day', slept.first_night, (select night from run)) as nights_ago,
        coalesce(slept.replays_tonight, 0) as replays_tonight,
        {{ replayed_strength("due.encoding_strength", "coalesce(slept.replays, 0)") }} as strength
    from due
    left join slept on due.memory_id = slept.memory_id
),

final as (
    select
        due.memory_id,
        due.version_hash,
        due.prefix_key,
        due.ready_at,
        due.due_awake,
        due.encoding_strength,
        due.nights_ago,
        due.replays_tonight,
        due.strength >= {{ var("consolidation_threshold") }} as is_consolidated,
        due.encoding_strength * (1 - due.strength) as gain,
        exp(0.25 * ln(1 + due.coactivations) + ln(1 + coalesce(retrievals.retrievals, 0))) as activation
    from strengths as due
    left join retrievals on due.memory_id = retrievals.memory_id
)

select * from final
