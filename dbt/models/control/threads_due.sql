-- Grain: deep sleep's clock: one row, none before the first: whether threads are looked at anew by it. A view; the gate
-- asks it, and the models of threads do as it says. Once a night, when its slow waves are over; where the night was
-- missed, by day, a day after the last time. The same run once more is due once more.
-- Cost: all memories that were placed, whose time is read.
with

asking as (
    select * from {{ ref("asking") }} where rhythm = 'deep_sleep'
),

last_time as (
    select max(placed_at) as placed_at
    from (
        {{ feedback_rows("threads", "thread_places", {"placed_at": "timestamptz"}) }}
    )
),

final as (
    select
        asking.as_of,
        asking.slow_wave_until >= 1
        and (
            asking.phase = 'asleep'
            or last_time.placed_at is null
            or asking.as_of = last_time.placed_at
            or asking.as_of >= last_time.placed_at + interval 24 hour
        ) as is_due
    from asking
    cross join last_time
)

select * from final
