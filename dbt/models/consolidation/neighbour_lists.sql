-- Grain: a trace that can be replayed. A view. What its list of neighbours (`replay_neighbours`) has to offer before
-- the run makes them anew: nothing where it has none.
-- Cost: all traces and their lists, by their keys.
{{ config(materialized="view") }}

with

lists as (
    {{
        feedback_rows(
            "consolidation", "replay_neighbours", {"memory_id": "uuid", "cosine": "float"}, rebuildable=true
        )
    }}
),

final as (
    select
        comparable.memory_id,
        any_value(comparable.embedding_hash) as embedding_hash,
        count(lists.memory_id) = 0 as is_new,
        list(lists.cosine order by lists.cosine desc)[{{ var("replay_neighbours") }}] as least_cosine,
        {{ var("replay_neighbours") }} as wanted
    from {{ comparable_traces() }} as comparable
    left join lists on comparable.memory_id = lists.memory_id
    group by comparable.memory_id
)

select * from final
