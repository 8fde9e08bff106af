-- Grain: a local day whose morning was written. Ledger: a morning that is written again replaces itself. The morning is
-- the day of the run's clock where the owner sleeps; what is news is counted from the morning before.
-- Cost: constant; a row a day.
{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        full_refresh=false,
        pre_hook=[
            "{% if is_incremental() %}
            delete from {{ this }} where morning = {{ this_morning() }}
            {% endif %}",
        ],
    )
}}

with

mornings_before as (
    {% if is_incremental() %}
    select max(as_of) as as_of from {{ this }} where morning < {{ this_morning() }}
    {% else %}
    select cast(null as timestamptz) as as_of
    {% endif %}
),

final as (
    select
        {{ this_morning() }} as morning,
        clock.as_of,
        coalesce(mornings_before.as_of, clock.as_of - interval 1 day) as since,
        clock.zone,
        clock.beat
    from {{ source("control", "clock") }} as clock
    cross join mornings_before
    where clock.rhythm = 'awakening'
)

select * from final
