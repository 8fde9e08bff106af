-- Grain: an item of knowledge that is not archived, with how well it can be recalled. Ephemeral: a part of models that
-- look at what is known at present.
-- Cost: all knowledge.
{{ config(materialized="ephemeral") }}

select
    network.memory_id,
    network.event_at,
    network.semantic_gist,
    network.semantic_category,
    network.concepts,
    strengths.retrieval_strength
from {{ ref("ltm_semantic_network") }} as network
inner join {{ ref("ltm_strength") }} as strengths on network.memory_id = strengths.memory_id
where not strengths.is_archived
