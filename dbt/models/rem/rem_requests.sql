-- Grain: a dreamt pair without an answer yet. Rebuilt each run.
-- Cost: pairs without an answer; all pairs dreamt are looked through by their keys.
with

pairs as (
    select * from {{ ref("rem_pairs") }}
),

known as (
    {{ feedback_rows("rem", "creative_insights", {"memory_a": "uuid", "memory_b": "uuid"}, rebuildable=true) }}
),

final as (
    select
        pairs.memory_a || '+' || pairs.memory_b || '/creative_connection' as request_id,
        'creative_connection' as task,
        pairs.memory_a,
        pairs.memory_b,
        cast(
            to_json({
                gist_a: a.semantic_gist,
                category_a: a.semantic_category,
                concepts_a: a.concepts,
                gist_b: b.semantic_gist,
                category_b: b.semantic_category,
                concepts_b: b.concepts,
                bridge: pairs.bridge
            }) as varchar
        ) as input
    from pairs
    inner join {{ ref("ltm_semantic_network") }} as a on pairs.memory_a = a.memory_id
    inner join {{ ref("ltm_semantic_network") }} as b on pairs.memory_b = b.memory_id
    left join known on pairs.memory_a = known.memory_a and pairs.memory_b = known.memory_b
    where known.memory_a is null
)

select *, sha256(input) as input_hash
from final
order by memory_a, memory_b
