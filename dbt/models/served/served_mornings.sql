-- Grain: a morning that was written. A view, published as codex_processed.mornings: what it tells, in order, each item
-- with its memories.
-- Cost: the mornings, and what they told.
with

items as (
    select
        morning,
        list(
            {
                kind: kind,
                text: text,
                detail: cast(detail as json),
                memory_ids: memory_ids
            }
            order by place
        ) as items,
        list_sort(list_distinct(flatten(list(memory_ids)))) as source_memory_ids
    from {{ ref("morning_items") }}
    group by morning
),

final as (
    select
        mornings.morning,
        mornings.as_of as written_at,
        cast(to_json(coalesce(items.items, [])) as varchar) as items,
        cast(len(coalesce(items.items, [])) as integer) as item_count,
        coalesce(items.source_memory_ids, []) as source_memory_ids
    from {{ ref("mornings") }} as mornings
    left join items on mornings.morning = items.morning
)

select * from final
