{# Days between two instants, as a double. #}
{% macro days_between(earlier, later) -%}
    ((epoch_us({{ later }}) - epoch_us({{ earlier }})) / 86400000000.0)
{%- endmacro %}

{# The waking day an instant belongs to: sleep, at four in the morning, parts the days. #}
{% macro waking_day(instant, zone) -%}
    cast(timezone({{ zone }}, {{ instant }}) - interval 4 hour as date)
{%- endmacro %}

{# The night an instant belongs to, named by the date of its evening: from noon to noon. #}
{% macro night_of(instant, zone) -%}
    cast(timezone({{ zone }}, {{ instant }}) - interval 12 hour as date)
{%- endmacro %}
