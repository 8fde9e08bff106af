-- Grain: REM sleep's clock: one row, none before the first. How many dreams are due by it: the night's share until then
-- (Dement & Kleitman 1957), less what this night has dreamt. A cycle that was missed is made up for, and a night never
-- has more dreams than its number. A view; the gate asks it, and rem_pairs dreams so many.
-- Cost: all pairs dreamt.
with

asking as (
    select * from {{ ref("asking") }} where rhythm = 'rem_sleep'
),

-- Pairs of which a memory is gone are forgotten when the next are chosen.
dreamt as (
    select night, count(*) as dreams
    from (
        {{ feedback_rows("rem", "rem_pairs", {"night": "date", "memory_a": "uuid", "memory_b": "uuid"}) }}
    )
    where
        memory_a in (select memory_id from {{ ref("ltm_semantic_network") }})
        and memory_b in (select memory_id from {{ ref("ltm_semantic_network") }})
    group by night
),

final as (
    select
        asking.rhythm,
        asking.night,
        asking.sleep_travels,
        greatest(
            0,
            cast(round({{ var("rem_pairs_per_night") }} * asking.rem_until) as integer) - coalesce(dreamt.dreams, 0)
        ) as dreams
    from asking
    left join dreamt on asking.night = dreamt.night
)

select * from final
