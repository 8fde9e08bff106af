{# The row of a rhythm in control.pending, from its relation `questions` (place, waiting, what): of the questions, in
   the order of their places, the first that something waits for; else the last. #}
{% macro first_that_waits(rhythm) -%}
    select
        '{{ rhythm }}' as rhythm,
        arg_min(waiting, case when waiting > 0 then place else 100 - place end) as waiting,
        arg_min(what, case when waiting > 0 then place else 100 - place end) as what,
        '{{ rhythm }}' in (select clock.rhythm from {{ source("control", "clock") }} as clock) as has_run
    from questions
{%- endmacro %}
