{# The run's own clock (DESIGN rule 2): one row of control.clock, written by the rhythm's first tasks. #}
{% macro clock(rhythm, column="as_of") -%}
    (select {{ column }} from {{ source("control", "clock") }} where rhythm = '{{ rhythm }}')
{%- endmacro %}
