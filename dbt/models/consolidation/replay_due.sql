-- Grain: a trace that can be replayed, with when it becomes ready, whether it was replayed awake since, what sleep has
-- done for it, and whether it is due by the clock of whoever asks (control.asking): the gate, or the plan. A view.
--
-- Awake replay (Foster & Wilson 2006) runs through the day so far when a trace becomes ready. The prefix key names that
-- part of the day: when a memory arrives late, the keys behind it change, and these replays are made again.
-- Cost: all traces, and all replays of the ledger.
{{ config(materialized="view") }}

with

asking as (
    select * from {{ ref("asking") }} where rhythm = 'hippocampal_replay'
),

forgotten as (
    {{ feedback_rows("homeostasis", "pruned", {"memory_id": "uuid", "restored_at": "timestamptz"}) }}
),

traces as (
    select *
    from {{ ref("stm_traces") }}
    where
        memory_id not in (
            select memory_id from forgotten where memory_id is not null and restored_at is null
        )
),

keyed as (
    select
        *,
        md5(
            cast(
                sum(cast(md5_number_lower(memory_id || version_hash) as hugeint)) over (
                    partition by waking_day order by ready_at range unbounded preceding
                ) as varchar
            )
        ) as prefix_key
    from traces
),

ledger as (
    {{
        feedback_rows(
            "consolidation",
            "replay_events",
            {
                "memory_id": "uuid", "partner_id": "uuid", "phase": "varchar", "prefix_key": "varchar",
                "night": "date", "cycle": "integer", "repetitions": "integer",
            },
        )
    }}
),

replayed_awake as (
    select distinct memory_id, prefix_key
    from ledger
    where phase = 'awake' and partner_id is null
),

replayed_asleep as (
    select
        memory_id,
        min(night) as first_night,
        max(night) as last_night,
        arg_max(cycle, (night, cycle)) as last_cycle,
        sum(repetitions) as replays
    from ledger
    where phase = 'asleep' and partner_id is null
    group by memory_id
),

known as (
    select
        keyed.memory_id,
        keyed.version_hash,
        keyed.waking_day,
        keyed.ready_at,
        keyed.encoding_strength,
        keyed.coactivations,
        keyed.prefix_key,
        replayed_awake.memory_id is not null as replayed_awake,
        replayed_asleep.first_night,
        replayed_asleep.last_night,
        replayed_asleep.last_cycle,
        {{ replayed_strength("keyed.encoding_strength", "coalesce(replayed_asleep.replays, 0)") }} as sleep_strength
    from keyed
    left join replayed_asleep on keyed.memory_id = replayed_asleep.memory_id
    left join replayed_awake
        on keyed.memory_id = replayed_awake.memory_id and keyed.prefix_key = replayed_awake.prefix_key
),

final as (
    select
        known.*,
        coalesce(known.ready_at <= asking.as_of, false) as is_ready,
        not known.replayed_awake and is_ready as due_awake,
        -- In a night of cycles, what is unsettled is taken up again; a whole night asked for by hand sleeps on what is
        -- new.
        is_ready
        and asking.phase = 'asleep'
        and (
            known.first_night is null
            or (
                not asking.sleep_travels
                and (known.last_night, known.last_cycle) <> (asking.night, asking.cycle)
                and date_diff('day', known.first_night, asking.night) < {{ var("replay_nights") }}
                and (
                    known.first_night = asking.night
                    or known.sleep_strength < {{ var("consolidation_threshold") }}
                )
            )
        ) as due_asleep
    from known
    left join asking on true
)

select * from final
