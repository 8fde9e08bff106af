-- Grain: a memory in a thread. A view, published as codex_processed.thread_members, for joins in SQL; threads that are
-- not told yet are in it, too; those that the owner rejected are not.
-- Cost: all memories that are in threads.
with

final as (
    select memory_id, thread_id, evidence
    from {{ ref("thread_places") }}
    where
        thread_id is not null
        and cast(thread_id as varchar) not in (select item_id from {{ owners_word("reject", "thread") }})
)

select * from final
