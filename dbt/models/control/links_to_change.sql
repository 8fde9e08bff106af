-- Grain: a link that sleep has changed since links were computed: begun by a dream, weakened by the weekly balance, or
-- pruned. A view. Before the instant of whoever asks: the same night once more is the same night.
-- Cost: all dreams, all links, and what was scaled or pruned since the links were computed.
with

asking as (
    select * from {{ ref("asking") }} where rhythm = 'hippocampal_replay'
),

links as (
    select memory_a, memory_b, first_at, scalings from {{ ref("memory_associations") }}
),

pruned as (
    select pruned.memory_a, pruned.memory_b, max(pruned.pruned_at) as pruned_at
    from {{ ref("pruned") }} as pruned
    cross join asking
    where pruned.kind = 'link' and pruned.pruned_at < asking.as_of
    group by pruned.memory_a, pruned.memory_b
),

scaled as (
    select events.memory_a, events.memory_b, count(*) as scalings
    from {{ ref("scaling_events") }} as events
    cross join asking
    where events.event_at < asking.as_of
    group by events.memory_a, events.memory_b
),

dreamt as (
    select dreams.memory_a, dreams.memory_b
    from {{ ref("creative_insights") }} as dreams
    cross join asking
    left join links on dreams.memory_a = links.memory_a and dreams.memory_b = links.memory_b
    left join pruned on dreams.memory_a = pruned.memory_a and dreams.memory_b = pruned.memory_b
    where
        dreams.is_kept
        and dreams.event_at < asking.as_of
        and links.memory_a is null
        and (pruned.pruned_at is null or pruned.pruned_at < dreams.event_at)
        and dreams.memory_a in (select memory_id from {{ ref("stm_traces") }})
        and dreams.memory_b in (select memory_id from {{ ref("stm_traces") }})
),

weakened as (
    select links.memory_a, links.memory_b
    from links
    left join scaled on links.memory_a = scaled.memory_a and links.memory_b = scaled.memory_b
    left join pruned on links.memory_a = pruned.memory_a and links.memory_b = pruned.memory_b
    where scaled.scalings > links.scalings or links.first_at <= pruned.pruned_at
),

final as (
    select memory_a, memory_b from dreamt
    union all
    select memory_a, memory_b from weakened
)

select * from final
