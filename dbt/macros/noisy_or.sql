{# Evidence from independent cues, each in [0, 1] (noisy-OR). #}
{% macro noisy_or(cues) -%}
    (1 {% for cue in cues %} * (1 - {{ cue }}){% endfor %} - 1) * -1
{%- endmacro %}
