-- Grain: (replayed memory in a phase, another that it may bring to mind). Ephemeral: a part of replay_events. How far
-- the evidence goes that the two belong together: likeness, shared cues, nearness in time and same place, combined by
-- noisy-OR.
-- Cost: the candidates of this run, by the cues of each; all cues of all traces are counted.
{{ config(materialized="ephemeral") }}

with

replayed as (
    select * from {{ ref("replayed_traces") }}
),

traces as (
    select * from {{ ref("recallable_traces") }}
),

candidates as (
    select * from {{ ref("replay_candidates") }}
),

carried as (
    select memory_id, waking_day, ready_at, unnest(cues) as cue from traces
),

spread as (
    select cue, count(*) as memories from carried group by cue
),

-- A cue that few others carry says more: it counts by how many of those that can come to mind have it. Awake that is
-- the day until then, whenever the day is looked at; asleep it is all memories.
specificity as (
    select replayed.phase, replayed.memory_id, here.cue, 1 / (1 + ln(count(*))) as specificity
    from replayed
    inner join carried as here on replayed.memory_id = here.memory_id
    inner join carried as there
        on
            here.waking_day = there.waking_day
            and here.cue = there.cue
            and replayed.replayed_at >= there.ready_at
    where replayed.phase = 'awake'
    group by all
    union all
    select replayed.phase, replayed.memory_id, here.cue, 1 / (1 + ln(spread.memories)) as specificity
    from replayed
    inner join carried as here on replayed.memory_id = here.memory_id
    inner join spread on here.cue = spread.cue
    where replayed.phase = 'asleep'
),

shared_cues as (
    select
        candidates.phase,
        candidates.memory_id,
        candidates.partner_id,
        {{ exact_sum("specificity.specificity") }} as shared_cues
    from candidates
    inner join specificity
        on candidates.phase = specificity.phase and candidates.memory_id = specificity.memory_id
    inner join carried as there on candidates.partner_id = there.memory_id and specificity.cue = there.cue
    group by all
),

cues as (
    select
        candidates.phase,
        candidates.memory_id,
        candidates.partner_id,
        coalesce({{ similarity("list_inner_product(replayed.vector, traces.vector)") }}, 0) as likeness,
        coalesce(shared_cues.shared_cues, 0) as shared_cues,
        abs(epoch(replayed.event_at) - epoch(traces.event_at)) / 60.0 as minutes_apart,
        coalesce(replayed.place_key = traces.place_key, false) as same_place
    from candidates
    inner join replayed
        on candidates.phase = replayed.phase and candidates.memory_id = replayed.memory_id
    inner join traces on candidates.partner_id = traces.memory_id
    left join shared_cues
        on
            candidates.phase = shared_cues.phase
            and candidates.memory_id = shared_cues.memory_id
            and candidates.partner_id = shared_cues.partner_id
),

final as (
    select
        *,
        round(
            {{
                noisy_or([
                    "0.7 * likeness",
                    "0.5 * (1 - exp(-shared_cues))",
                    "0.4 * exp(-minutes_apart / " ~ var("coactivation_window_minutes") ~ ")",
                    "case when same_place then 0.1 else 0 end",
                ])
            }}, 9
        ) as evidence
    from cues
)

select * from final
