{# The local day of awakening's clock: whose morning is written. #}
{% macro this_morning() -%}
    (
        select cast(timezone(zone, as_of) as date)
        from {{ source("control", "clock") }}
        where rhythm = 'awakening'
    )
{%- endmacro %}
