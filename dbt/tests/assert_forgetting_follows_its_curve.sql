-- Recall is the power law of stability and time since the last use (Wixted & Ebbesen 1991), with nothing that holds it
-- up: never above 1, never 0, and of two memories of one stability the one that rested longer is recalled less.
with

curve as (
    select
        memory_id,
        retrievability,
        {{ retrievability("days_since_last_event", "stability_days") }} as expected,
        lag(retrievability) over (partition by stability_days order by days_since_last_event) as rested_less,
        lag(days_since_last_event) over (partition by stability_days order by days_since_last_event) as fewer_days,
        days_since_last_event
    from {{ ref("ltm_strength") }}
)

select * from curve
where
    retrievability <= 0
    or retrievability > 1
    or abs(retrievability - expected) > 1e-9
    or (days_since_last_event > fewer_days + 0.01 and retrievability >= rested_less)
