-- Grain: a rhythm: the clock that a question about it is asked by. A view. Whoever asks before a run has a clock (a
-- gate, an announcement, health) gives one with the question, in the session's variable `asking` (a list as JSON,
-- include/rhythms/gates.py); models ask by the clock of their run. So both read the same views.
-- Cost: nothing: a row a rhythm.
with

given as (
    select
        unnest(
            from_json(
                coalesce(cast(getvariable('asking') as varchar), '[]'),
                '[{
                    "rhythm": "varchar", "as_of": "timestamptz", "phase": "varchar", "night": "date",
                    "cycle": "integer", "zone": "varchar", "slow_wave_until": "double", "rem_until": "double",
                    "sleep_travels": "boolean"
                }]'
            ),
            recursive := true
        )
),

final as (
    select rhythm, as_of, phase, night, cycle, zone, slow_wave_until, rem_until, sleep_travels from given
    union all
    select rhythm, as_of, phase, night, cycle, zone, slow_wave_until, rem_until, false as sleep_travels
    from {{ source("control", "clock") }}
    where getvariable('asking') is null
)

select * from final
