-- Grain: a consolidated memory, as of the run. Rebuilt each run from the event ledgers: nothing here can drift.
--
-- Retrievability R(t) = (1 + 19/81 · t/S)^-0.5; each later event makes the trace more stable, the more the more it had
-- faded: S' = S · (1 + g · (1 - R)). Recall counts more than restudy, restudy more than replay
-- (Roediger & Karpicke 2006). Strength is multiplicative, so nothing holds it up but use.
-- Cost: all consolidated memories, and all their replays, recalls and repeats.
with

consolidated as (
    select * from {{ ref("memory_replay") }}
),

restudies as (
    select memory_id, updated_at as event_at
    from {{ ref("stg_codex_store__memories") }}
    where version_no > 1 and not is_deleted and updated_at <= {{ clock("deep_sleep") }}
),

retrievals as (
    select memory_id, retrieved_at as event_at
    from {{ ref("stg_codex_processed__retrievals") }}
    where retrieved_at <= {{ clock("deep_sleep") }}
),

events as (
    select memory_id, event_at, {{ var("gain_replay") }} as gain, 'replay' as kind
    from {{ ref("replay_events") }}
    where partner_id is null
    union
    select memory_id, event_at, {{ var("gain_restudy") }} as gain, 'restudy' as kind from restudies
    union
    select memory_id, event_at, {{ var("gain_retrieval") }} as gain, 'retrieval' as kind from retrievals
),

-- From consolidation on; several events of one instant are one.
later_events as (
    select consolidated.memory_id, events.event_at, max(events.gain) as gain
    from consolidated
    inner join events
        on consolidated.memory_id = events.memory_id and consolidated.consolidated_at < events.event_at
    where events.event_at <= {{ clock("deep_sleep") }}
    group by consolidated.memory_id, events.event_at
),

histories as (
    select
        memory_id,
        max(event_at) as last_event_at,
        list({instant: epoch_us(event_at) / 86400000000.0, gain: cast(gain as double)} order by event_at) as history
    from later_events
    group by memory_id
),

accesses as (
    select memory_id, count(*) as access_count, max(event_at) as last_accessed_at
    from retrievals
    group by memory_id
),

folded as (
    select
        consolidated.*,
        coalesce(histories.last_event_at, consolidated.consolidated_at) as last_event_at,
        list_reduce(  -- noqa: PRS
            coalesce(histories.history, []),
            lambda trace, event: {
                instant: event.instant,
                gain: trace.gain * (
                    1 + event.gain * (1 - {{ retrievability("event.instant - trace.instant", "trace.gain") }})
                )
            },
            -- The fold's state: the instant of the last event (days), and in `gain` the stability (days).
            {
                instant: epoch_us(consolidated.consolidated_at) / 86400000000.0,
                gain: cast({{ var("stability_ltm_days") }} as double)
            }
        ) as trace
    from consolidated
    left join histories on consolidated.memory_id = histories.memory_id
),

recalled as (
    select
        folded.*,
        trace.gain as stability_days,
        epoch_us({{ clock("deep_sleep") }}) / 86400000000.0 - trace.instant as days_since_last_event
    from folded
),

forgotten as (
    {{ feedback_rows("homeostasis", "pruned", {"memory_id": "uuid", "restored_at": "timestamptz"}) }}
),

gone as (
    select distinct memory_id from forgotten where restored_at is null
),

final as (
    select
        recalled.memory_id,
        recalled.consolidated_at,
        recalled.consolidated_strength,
        round(recalled.stability_days, 12) as stability_days,
        recalled.last_event_at,
        round(recalled.days_since_last_event, 12) as days_since_last_event,
        round({{ retrievability("recalled.days_since_last_event", "recalled.stability_days") }}, 12) as retrievability,
        round(
            recalled.consolidated_strength
            * {{ retrievability("recalled.days_since_last_event", "recalled.stability_days") }}, 12
        ) as retrieval_strength,
        coalesce(accesses.access_count, 0) as access_count,
        accesses.last_accessed_at,
        case
            when recalled.days_since_last_event <= 1 then 'recent'
            when recalled.days_since_last_event <= 7 then 'week_old'
            when recalled.days_since_last_event <= 30 then 'month_old'
            else 'remote'
        end as memory_age,
        case
            when len(recalled.associates) > 5 and recalled.stability_days >= 30 then 'schematized'
            when len(recalled.associates) > 5 then 'integrated'
            when recalled.stability_days > {{ var("stability_ltm_days") }} then 'semantic'
            else 'episodic_trace'
        end as consolidation_state,
        gone.memory_id is not null as is_archived
    from recalled
    left join accesses on recalled.memory_id = accesses.memory_id
    left join gone on recalled.memory_id = gone.memory_id
)

select * from final
order by memory_id
