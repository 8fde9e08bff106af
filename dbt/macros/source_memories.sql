{# The source table with the columns we know: a missing optional one is null (include/store/contract.py says which
   are required). The table is looked at when the model runs, since codex-store's versions differ. #}
{% macro source_memories() -%}
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
        "chunk_index": "integer", "total_chunks": "integer", "parent_id": "uuid", "updated_at": "timestamptz",
    } -%}
    select
        cast(id as uuid) as memory_id,
        content,
        {%- for column, type in optional.items() %}
        {{ "cast(" ~ column ~ " as " ~ type ~ ")" if column in present else "cast(null as " ~ type ~ ")" }} as {{ column }},
        {%- endfor %}
        cast(created_at as timestamptz) as created_at
    from {{ remembered_source() }}
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
