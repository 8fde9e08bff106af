-- Grain: one row: how much waits for homeostasis: links, and traces that are old enough to be let go. A view;
-- control.pending has all rhythms.
-- Cost: links and traces, which are counted.
with

asking as (
    select * from {{ ref("asking") }} where rhythm = 'synaptic_homeostasis'
),

links as (
    select count(*) as waiting from {{ ref("memory_associations") }}
),

old_traces as (
    select count(*) as waiting
    from {{ ref("stm_traces") }} as traces
    cross join asking
    where traces.event_at < asking.as_of - interval {{ var("archive_after_days") }} day
),

questions as (
    select 1 as place, links.waiting + old_traces.waiting as waiting, 'links and traces to look at' as what
    from links
    cross join old_traces
),

final as (
    {{ first_that_waits("synaptic_homeostasis") }}
)

select * from final
