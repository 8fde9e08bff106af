-- Grain: a memory that came into a thread, left one, or went over, in one run. A ledger: never rebuilt; a run repeated
-- replaces its rows.
-- Cost: all memories that were placed; its rows are what moved.
{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        full_refresh=false,
        pre_hook=[
            "{% if is_incremental() %}
            delete from {{ this }} where beat = {{ clock('deep_sleep', 'beat') }}
            {% endif %}",
        ],
    )
}}

with

run as (
    select * from {{ source("control", "clock") }} where rhythm = 'deep_sleep'
),

final as (
    select
        coalesce(places.memory_id, was.memory_id) as memory_id,
        was.thread_id as from_thread_id,
        places.thread_id,
        run.as_of,
        run.night,
        run.beat
    from {{ ref("thread_places") }} as places
    full join {{ ref("thread_before") }} as was on places.memory_id = was.memory_id
    cross join run
    where was.thread_id is distinct from places.thread_id
)

select * from final
order by memory_id
