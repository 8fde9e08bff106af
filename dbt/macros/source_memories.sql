{# The nearest instant that a calendar has, for every reader: PostgreSQL knows years that no other program does, and
   infinity (include/store/contract.py says the same for Python). An instant that is missing becomes the last one. #}
{% macro in_calendar(instant) -%}
    greatest(least({{ instant }}, timestamptz '9999-12-30 00:00:00+00'), timestamptz '0001-01-02 00:00:00+00')
{%- endmacro %}

{# Whether JSON text is nested more than a hundred levels deep: what is left of it without strings and all but brackets
   must be brackets within brackets, a hundred times at most. #}
{% macro nested_too_deep(json) -%}
    coalesce(
        length({{ json }}) > 200
        and not regexp_full_match(
            regexp_replace(
                translate(regexp_replace({{ json }}, '"(\\.|[^"\\])*"', '', 'g'), '{}', '[]'), '[^\[\]]', '', 'g'
            ),
            '{{ "(?:\\[" * 100 }}{{ "\\])*" * 100 }}'
        ),
        false
    )
{%- endmacro %}

{# The source table with the columns we know: a missing optional one is null (include/store/contract.py says which
   are required). The table is looked at when the model runs, since codex-store's versions differ. `since`, SQL of an
   instant or null, leaves out what was last written before.
   A row that nothing can be made of is given with its reason, and with values that trouble nobody. #}
{% macro source_memories(since=none) -%}
    {%- set relation = source("codex_store", "memories") -%}
    {%- set present = [] -%}
    {%- if execute -%}
        {%- for column in adapter.get_columns_in_relation(relation) -%}
            {%- do present.append(column.name | lower) -%}
        {%- endfor -%}
        {%- for column in ["id", "content", "created_at"] if column not in present -%}
            {%- do exceptions.raise_compiler_error(
                "The source table public.memories lacks the required column " ~ column ~ "."
            ) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- set optional = {
        "context": "varchar", "summary": "varchar", "metadata": "varchar", "tags": "varchar[]",
        "chunk_index": "integer", "total_chunks": "integer", "parent_id": "uuid",
    } -%}
    select
        cast(id as uuid) as memory_id,
        coalesce(content, '') as content,
        {%- for column, type in optional.items() %}
        {{ "cast(" ~ column ~ " as " ~ type ~ ")" if column in present else "cast(null as " ~ type ~ ")" }} as {{ column }},
        {%- endfor %}
        {% if "updated_at" in present -%}
        case when updated_at is not null then {{ in_calendar("cast(updated_at as timestamptz)") }} end
        {%- else -%} cast(null as timestamptz) {%- endif %} as updated_at,
        {{ in_calendar("cast(created_at as timestamptz)") }} as created_at,
        case
            when created_at is null then 'created_at is missing'
            when cast(created_at as timestamptz) <> {{ in_calendar("cast(created_at as timestamptz)") }}
                then 'created_at lies outside of the years 1 to 9999'
            {% if "metadata" in present -%}
            when {{ nested_too_deep("cast(metadata as varchar)") }}
                then 'metadata is nested more than 100 levels deep'
            {%- endif %}
        end as unusable_reason
    from {{ remembered_source() }}
    {% if since -%} where {{ since }} is null or updated_at >= {{ since }} {%- endif %}
{%- endmacro %}

{# Whether the source table has a column; false while parsing. #}
{% macro source_has(column) -%}
    {%- if not execute -%}{{ return(false) }}{%- endif -%}
    {%- for known in adapter.get_columns_in_relation(source("codex_store", "memories")) -%}
        {%- if known.name | lower == column -%}{{ return(true) }}{%- endif -%}
    {%- endfor -%}
    {{ return(false) }}
{%- endmacro %}

{# The rows of the source table that may be learned from: all but those whose owner wished them forgotten where the
   table is not ours to delete from (include/store/contract.py says the same for Python). #}
{% macro remembered_source() -%}
    (
        select *
        from {{ source("codex_store", "memories") }}
        where
            cast(id as uuid) not in (
                select memory_id from {{ source("codex_processed", "forgotten") }} where is_suppressed
            )
    )
{%- endmacro %}
