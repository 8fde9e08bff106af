-- Grain: (replayed memory in a phase, another that it may bring to mind). Ephemeral: a part of replay_events.
-- Cost: the replays of this run; awake each by what its day holds, asleep by its nearest and its episode.
{{ config(materialized="ephemeral") }}

with

replayed as (
    select * from {{ ref("replayed_traces") }}
),

traces as (
    select * from {{ ref("recallable_traces") }}
),

-- Awake, the day so far comes to mind …
day_candidates as (
    select replayed.phase, replayed.memory_id, traces.memory_id as partner_id
    from replayed
    inner join traces
        on
            replayed.waking_day = traces.waking_day
            and replayed.memory_id <> traces.memory_id
            and replayed.replayed_at >= traces.ready_at
    where replayed.phase = 'awake' and replayed.is_understood and traces.is_understood
),

-- … asleep, whatever is most alike, of any age, and the rest of the episode.
nearest as (
    select
        replayed.memory_id,
        unnest(
            arg_max(
                neighbours.partner_id,
                (neighbours.cosine, cast(neighbours.partner_id as varchar)),
                {{ var("replay_neighbours") }}
            )
        ) as partner_id
    from replayed
    inner join {{ ref("replay_neighbours") }} as neighbours on replayed.memory_id = neighbours.memory_id
    where replayed.phase = 'asleep'
    group by replayed.memory_id
),

episode_candidates as (
    select replayed.memory_id, traces.memory_id as partner_id
    from replayed
    inner join traces
        on replayed.episode_id = traces.episode_id and replayed.memory_id <> traces.memory_id
    where replayed.phase = 'asleep' and replayed.is_understood and traces.is_understood
),

final as (
    select phase, memory_id, partner_id from day_candidates
    union
    select 'asleep' as phase, memory_id, partner_id from nearest
    union
    select 'asleep' as phase, memory_id, partner_id from episode_candidates
)

select * from final
