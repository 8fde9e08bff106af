-- Grain: a morning that was written. A view, published as codex_processed.mornings: what it tells, in order, each item
-- with its memories, in the owner's words where they corrected it, and without what they rejected or settled.
-- Cost: the mornings, and what they told.
with

-- The statement that an item tells is named by its key: its kind, its id, and of clashes the other's.
keyed as (
    select
        *,
        case when kind in ('due', 'late', 'clash') then 'commitment' else kind end as about,
        string_split(item_key, ' ')[2:3] as item_ids
    from {{ ref("morning_items") }}
),

words as (
    select verb, kind, item_id, word, memory_ids from {{ target.database }}.control.owners_word
),

-- What the owner rejected, ticked off or answered since.
settled as (
    select keyed.morning, keyed.item_key
    from keyed
    inner join words
        on
            (list_contains(keyed.item_ids, words.item_id) and words.verb = 'reject')
            or (
                list_contains(keyed.item_ids, words.item_id)
                and words.verb = 'answer'
                and words.word <> 'open'
                and keyed.about in ('question', 'commitment')
            )
            or (
                keyed.about = 'question'
                and words.kind = 'commitment'
                and words.verb in ('answer', 'reject')
                and keyed.item_ids[1]
                = cast({{ stable_uuid("'fate of ' || words.item_id") }} as varchar)
            )
            or (
                keyed.about = 'fading'
                and words.kind = 'knowledge'
                and words.verb = 'reject'
                and keyed.memory_ids[1] = words.memory_ids[1]
            )
),

corrections as (
    select item_id, word from words where verb = 'correct'
),

told as (
    select keyed.* replace (coalesce(corrections.word, keyed.text) as text)
    from keyed
    left join corrections on keyed.item_ids[1] = corrections.item_id
    where (keyed.morning, keyed.item_key) not in (select (morning, item_key) from settled)
),

items as (
    select
        morning,
        list(
            {
                kind: kind,
                item_id: item_ids[1],
                text: text,
                detail: cast(detail as json),
                memory_ids: memory_ids
            }
            order by place
        ) as items,
        list_sort(list_distinct(flatten(list(memory_ids)))) as source_memory_ids
    from told
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
