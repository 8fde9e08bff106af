{# Sums and means that do not depend on the order of rows or the number of threads: added up as decimals.
   `over` is an optional window, its name or its definition in parentheses. #}
{% macro exact_sum(expression, over="") -%}
    cast(sum(cast({{ expression }} as decimal(38, 15))) {{ "over " ~ over if over }} as double)
{%- endmacro %}

{% macro exact_avg(expression, over="") -%}
    {%- set window = "over " ~ over if over else "" -%}
    (
        cast(sum(cast({{ expression }} as decimal(38, 15))) {{ window }} as double)
        / nullif(count({{ expression }}) {{ window }}, 0)
    )
{%- endmacro %}

{# A number in [0, 1) from a stable key: the only chance there is in a model. #}
{% macro uniform(key) -%}
    ((md5_number_lower({{ key }}) >> 11) / 9007199254740992.0)
{%- endmacro %}

{# A UUID from a stable key. #}
{% macro stable_uuid(key) -%}
    cast(md5({{ key }}) as uuid)
{%- endmacro %}
