-- Grain: a night. A view: what slow-wave sleep replayed, what passed the threshold, what was dreamt.
-- Cost: all replays of the ledger, all traces and all dreams.
with

replays as (
    select
        night,
        count(distinct cycle) as cycles,
        count(*) filter (where partner_id is null) as memories_replayed,
        sum(repetitions) filter (where partner_id is null) as replays,
        sum(repetitions) filter (where partner_id is null and is_old) as old_replays,
        count(*) filter (where partner_id is not null) as coactivations
    from {{ ref("replay_events") }}
    where phase = 'asleep'
    group by night
),

consolidated as (
    select events.night, count(distinct strengths.memory_id) as memories_consolidated
    from {{ ref("trace_strength") }} as strengths
    inner join {{ ref("replay_events") }} as events
        on
            strengths.memory_id = events.memory_id
            and strengths.consolidated_at = events.event_at
            and events.phase = 'asleep'
    group by events.night
),

dreams as (
    select night, count(*) as dreams, count(*) filter (where is_kept) as dreams_kept
    from {{ ref("creative_insights") }}
    group by night
),

final as (
    select
        coalesce(replays.night, dreams.night) as night,
        coalesce(replays.cycles, 0) as cycles,
        coalesce(replays.memories_replayed, 0) as memories_replayed,
        coalesce(replays.replays, 0) as replays,
        round(replays.old_replays / nullif(replays.replays, 0), 4) as old_share,
        coalesce(replays.coactivations, 0) as coactivations,
        coalesce(consolidated.memories_consolidated, 0) as memories_consolidated,
        coalesce(dreams.dreams, 0) as dreams,
        coalesce(dreams.dreams_kept, 0) as dreams_kept
    from replays
    left join consolidated on replays.night = consolidated.night
    full join dreams on replays.night = dreams.night
)

select * from final
order by night desc
