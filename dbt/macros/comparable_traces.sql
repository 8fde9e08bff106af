{# Traces that bring others like them to mind, as of replay's clock: memory_id, and vector_key, which changes with all
   that decides who is alike: the text, the embedding model, how many neighbours are wanted. What no model could
   understand brings nothing to mind. #}
{% macro comparable_traces() -%}
    (
        select
            traces.memory_id,
            traces.embedding_hash,
            md5_number_lower(
                contracts.contract || traces.embedding_hash || '{{ var("replay_neighbours") }}'
            ) as vector_key
        from {{ ref("stm_traces") }} as traces
        cross join {{ source("control", "answer_contracts") }} as contracts
        where
            contracts.task = 'embedding'
            and traces.embedding_hash is not null
            and traces.model is not null
            and traces.ready_at <= {{ clock("hippocampal_replay") }}
    )
{%- endmacro %}
