-- Grain: a trace that can be replayed, with when it becomes ready and whether it was replayed awake since. A view
-- without a clock: the gate and the plan compare ready_at with their own.
--
-- Awake replay (Foster & Wilson 2006) runs through the day so far when a trace becomes ready. The prefix key names that
-- part of the day: when a memory arrives late, the keys behind it change, and these replays are made again.
{{ config(materialized="view") }}

with

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

replayed_awake as (
    select distinct memory_id, prefix_key
    from (
        {{
            feedback_rows(
                "consolidation",
                "replay_events",
                {"memory_id": "uuid", "partner_id": "uuid", "phase": "varchar", "prefix_key": "varchar"},
            )
        }}
    )
    where phase = 'awake' and partner_id is null
),

final as (
    select
        keyed.memory_id,
        keyed.version_hash,
        keyed.waking_day,
        keyed.ready_at,
        keyed.encoding_strength,
        keyed.coactivations,
        keyed.prefix_key,
        replayed_awake.memory_id is not null as replayed_awake
    from keyed
    left join replayed_awake
        on keyed.memory_id = replayed_awake.memory_id and keyed.prefix_key = replayed_awake.prefix_key
)

select * from final
