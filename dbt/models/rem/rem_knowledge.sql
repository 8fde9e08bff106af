-- Grain: an item of knowledge that is not archived and has a vector. Ephemeral: a part of rem_pairs. What could be
-- dreamt of, and what is on the sleeper's mind tonight: up to 300 items, by strength and a hash of the night.
-- Cost: all knowledge that is not archived, with the vectors of its memories.
{{ config(materialized="ephemeral") }}

select
    knowledge.memory_id,
    knowledge.semantic_category,
    knowledge.concepts,
    lower(knowledge.semantic_gist) as gist,
    knowledge.retrieval_strength,
    embeddings.vector,
    threads.thread_id,
    threads.thread_id in (select open_points.thread_id from {{ ref("rem_open_points") }} as open_points) as is_open,
    row_number() over (
        order by
            -ln(1 - {{ uniform("'dream ' || " ~ clock("rem_sleep", "night") ~ " || ' ' || knowledge.memory_id") }})
            / greatest(knowledge.retrieval_strength, 1e-9),
            knowledge.memory_id
    ) <= 300 as is_active
from {{ ref("current_knowledge") }} as knowledge
inner join {{ ref("stm_traces") }} as traces on knowledge.memory_id = traces.memory_id
inner join {{ embeddings() }} as embeddings on traces.embedding_hash = embeddings.input_hash
left join {{ ref("thread_places") }} as places on knowledge.memory_id = places.memory_id
left join {{ ref("threads") }} as threads on places.thread_id = threads.thread_id and threads.title is not null
