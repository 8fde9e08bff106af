{# The run's own clock, since no model reads the time of day: a row of control.clock, written by the rhythm's first task. #}
{% macro clock(rhythm, column="as_of") -%}
    (select {{ column }} from {{ source("control", "clock") }} where rhythm = '{{ rhythm }}')
{%- endmacro %}
