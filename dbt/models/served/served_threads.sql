-- Grain: a thread that was told and has a subject. A view, published as codex_processed.threads. One that merged into
-- another has no members, and stays as it was last told. Open is what is to be done, as commitments have it, and what
-- it asks.
-- Cost: all memories that are in threads, and all commitments.
with

told as (
    select * from {{ ref("threads") }} where title is not null
),

members as (
    select
        places.thread_id,
        count(*) as members,
        list(places.memory_id order by notes.event_at, places.memory_id) as memory_ids,
        min(notes.event_at) as began_at,
        max(notes.event_at) as last_at
    from {{ ref("thread_places") }} as places
    inner join {{ ref("thread_notes") }} as notes on places.memory_id = notes.memory_id
    where places.thread_id is not null
    group by places.thread_id
),

merged as (
    select thread_id, other_thread_id
    from {{ ref("thread_events") }}
    where event = 'merged'
    qualify row_number() over (partition by thread_id order by beat desc) = 1
),

told_from as (
    select asked.thread_id, min(notes.event_at) as began_at, max(notes.event_at) as last_at
    from (select thread_id, unnest(memory_ids) as memory_id from told) as asked
    inner join {{ ref("thread_notes") }} as notes on asked.memory_id = notes.memory_id
    group by asked.thread_id
),

promised as (
    select
        places.thread_id,
        list(
            {
                text: case when commitments.who = 'me' then '' else commitments.who || ': ' end
                || commitments.what
                || coalesce(' (due ' || strftime(commitments.due_date, '%Y-%m-%d') || ')', ''),
                memory_ids: [cast(commitments.opened_by as varchar)]
            }
            order by commitments.due_date nulls last, commitments.opened_at, commitments.commitment_id
        ) as open
    from {{ ref("commitments") }} as commitments
    inner join {{ ref("thread_places") }} as places on commitments.opened_by = places.memory_id
    where commitments.state in ('open', 'late') and places.thread_id is not null
    group by places.thread_id
),

final as (
    select
        told.thread_id,
        told.title,
        told.story,
        told.recurs,
        told.changed,
        cast(
            to_json(
                list_concat(
                    coalesce(promised.open, []),
                    from_json(told.open, '[{"text": "varchar", "memory_ids": ["varchar"]}]')
                )
            ) as varchar
        ) as open,
        told.next,
        told.sentence,
        coalesce(members.memory_ids, told.memory_ids) as memory_ids,
        cast(coalesce(members.members, 0) as integer) as members,
        coalesce(members.began_at, told_from.began_at) as began_at,
        coalesce(members.last_at, told_from.last_at) as last_at,
        told.told_at,
        case when members.thread_id is null then merged.other_thread_id end as merged_into,
        told.model,
        told.prompt_version
    from told
    inner join told_from on told.thread_id = told_from.thread_id
    left join members on told.thread_id = members.thread_id
    left join promised on told.thread_id = promised.thread_id
    left join merged on told.thread_id = merged.thread_id
)

select * from final
