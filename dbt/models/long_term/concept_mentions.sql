-- Grain: (a concept as it is written, an item of knowledge that holds it). Ephemeral: a part of ltm_concepts and
-- ltm_concept_links.
-- Cost: all knowledge that is not archived, by its concepts.
{{ config(materialized="ephemeral") }}

select distinct unnest(concepts) as written, memory_id from {{ ref("current_knowledge") }}
