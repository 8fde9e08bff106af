{# Answers to a task under its present contract: input_hash, answer (JSON text), model, prompt_version, answered_at. #}
{% macro answers(task) -%}
    (
        select
            responses.input_hash, responses.answer, responses.model, responses.prompt_version, responses.answered_at
        from {{ source("control", "llm_responses") }} as responses
        inner join {{ source("control", "answer_contracts") }} as contracts
            on responses.contract = contracts.contract
        where contracts.task = '{{ task }}'
    )
{%- endmacro %}

{# Embeddings under the present contract: input_hash, vector, model. #}
{% macro embeddings() -%}
    (
        select embeddings.input_hash, embeddings.vector, embeddings.model
        from {{ source("control", "embeddings") }} as embeddings
        inner join {{ source("control", "answer_contracts") }} as contracts
            on embeddings.contract = contracts.contract
        where contracts.task = 'embedding'
    )
{%- endmacro %}

{# Inputs that were given up under the present contract: input_hash, attempts, last_error. #}
{% macro failures(task) -%}
    (select input_hash, attempts, last_error from {{ ref("given_up") }} where task = '{{ task }}')
{%- endmacro %}

{# The input of the tasks that read one memory: content, context, summary, tags, created_at (owner's local time). #}
{% macro memory_text(zone_of="working_memory") -%}
    cast(
        to_json({
            content: content,
            context: context,
            summary: summary,
            tags: tags,
            created_at: strftime(timezone({{ clock(zone_of, "zone") }}, created_at), '%Y-%m-%dT%H:%M:%S')
        }) as varchar
    )
{%- endmacro %}

{# A field of an answer. Answers are valid JSON (the operator checks them), so nothing needs guarding here. #}
{% macro answer_text(answer, field) -%}
    nullif(json_extract_string({{ answer }}, '$.{{ field }}'), '')
{%- endmacro %}

{% macro answer_number(answer, field) -%}
    cast(json_extract_string({{ answer }}, '$.{{ field }}') as double)
{%- endmacro %}

{% macro answer_list(answer, field) -%}
    coalesce(from_json(json_extract({{ answer }}, '$.{{ field }}'), '["VARCHAR"]'), [])
{%- endmacro %}
