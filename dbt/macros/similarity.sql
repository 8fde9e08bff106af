{# How alike two memories are, in [0, 1], whatever the embedding model: the cosine between what the model gives for
   unrelated texts and for texts that say the same (calibrated, control.answer_contracts). #}
{% macro similarity(cosine) -%}
    {%- set contract -%}
        from {{ source("control", "answer_contracts") }} where task = 'embedding'
    {%- endset -%}
    least(1, greatest(0,
        ({{ cosine }} - (select cosine_floor {{ contract }}))
        / ((select cosine_ceiling {{ contract }}) - (select cosine_floor {{ contract }}))
    ))
{%- endmacro %}
