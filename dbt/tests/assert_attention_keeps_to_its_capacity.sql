-- Five to nine places a window (Miller 1956), filled from the first without a gap, and no more attended than places.
with

windows as (
    select
        window_start,
        min(capacity) as least_capacity,
        max(capacity) as most_capacity,
        max(slot) as last_slot,
        count(distinct slot) as places,
        count(distinct experience_id) filter (where fate = 'attended') as attended,
        count(distinct experience_id) filter (where fate in ('attended', 'unattended')) as eligible
    from {{ ref("wm_admissions") }}
    where fate in ('attended', 'unattended')
    group by window_start
)

select * from windows
where
    least_capacity <> most_capacity
    or least_capacity < 5
    or most_capacity > 9
    or attended <> least(eligible, least_capacity)
    or places <> attended
    or last_slot <> attended
