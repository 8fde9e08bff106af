{# Strength of a trace after so many full replays (soft bound): 1 - (1 - x)(1 - eta)^n. #}
{% macro replayed_strength(encoding_strength, replays) -%}
    (1 - (1 - {{ encoding_strength }}) * pow(1 - {{ var("hebbian_learning_rate") }}, {{ replays }}))
{%- endmacro %}
