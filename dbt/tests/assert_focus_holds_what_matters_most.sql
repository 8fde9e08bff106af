-- Nothing outside the focus outweighs what is in it, and the focus has no more than its places (Cowan 2001).
with

windows as (
    select
        window_start,
        min(priority) filter (where in_focus) as least_in_focus,
        max(priority) filter (where not in_focus) as most_outside,
        count(distinct experience_id) filter (where in_focus) as in_focus
    from {{ ref("wm_admissions") }}
    where fate in ('attended', 'unattended')
    group by window_start
)

select * from windows
where most_outside > least_in_focus or in_focus > {{ var("working_memory_focus") }}
