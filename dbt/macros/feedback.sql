{# A table that a later stage wrote in an earlier run (sleep feeds back on waking), or none before its first run.
   A ref() would close a circle in the graph. A full refresh forgets what can be rebuilt. #}
{% macro feedback(schema, identifier, rebuildable=false) -%}
    {%- if not execute or (rebuildable and flags.FULL_REFRESH) -%}{{ return(none) }}{%- endif -%}
    {{ return(adapter.get_relation(database=target.database, schema=schema, identifier=identifier)) }}
{%- endmacro %}

{# The rows of a feedback table, or an empty table with the given columns ({name: type}). #}
{% macro feedback_rows(schema, identifier, columns, rebuildable=false) -%}
    {%- set relation = feedback(schema, identifier, rebuildable) -%}
    select
        {%- for name, type in columns.items() %}
        {{ name if relation else "cast(null as " ~ type ~ ") as " ~ name }}{{ "," if not loop.last }}
        {%- endfor %}
    {% if relation -%} from {{ relation }} {%- else -%} where false {%- endif %}
{%- endmacro %}
