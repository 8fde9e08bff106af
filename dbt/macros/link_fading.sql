{# What is left of a link, in (0, 1], that was last used at an instant: it fades at a rate an hour. #}
{% macro link_fading(last_at, now) -%}
    exp(-{{ var("synaptic_decay_rate") }} * 24 * greatest({{ days_between(last_at, now) }}, 0))
{%- endmacro %}
