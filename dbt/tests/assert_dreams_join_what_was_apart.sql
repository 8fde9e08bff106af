-- REM pairs are of different categories.
select pairs.memory_a, pairs.memory_b
from {{ ref("creative_insights") }} as pairs
inner join {{ ref("ltm_semantic_network") }} as a on pairs.memory_a = a.memory_id
inner join {{ ref("ltm_semantic_network") }} as b on pairs.memory_b = b.memory_id
where a.semantic_category = b.semantic_category and pairs.beat = {{ clock("rem_sleep", "beat") }}
