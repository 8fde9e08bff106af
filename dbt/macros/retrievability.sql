{# Retrievability after `days` at stability `stability` (days): a power law, 1 at 0 (Wixted & Ebbesen 1991; FSRS). #}
{% macro retrievability(days, stability) -%}
    {%- set exponent = var("decay_exponent") -%}
    {# The factor makes R = 0.9 at t = S whatever the exponent (19/81 for 0.5). #}
    pow(1 + (pow(0.9, -1.0 / {{ exponent }}) - 1) * greatest({{ days }}, 0) / {{ stability }}, -{{ exponent }})
{%- endmacro %}
