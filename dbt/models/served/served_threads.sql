-- Grain: a thread that was told and has a subject. A view, published as codex_processed.threads. One that merged into
-- another has no members, and stays as it was last told. Open is what is to be done, as commitments have it, and what
-- it asks. What the owner rejected is left out, and what they corrected has their story.
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
    from {{ ref("served_commitments") }} as commitments
    inner join {{ ref("thread_places") }} as places on commitments.opened_by = places.memory_id
    where commitments.state in ('open', 'late') and places.thread_id is not null
    group by places.thread_id
),

listed as (
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
),

-- A thread of all the notes of one that was rejected is that thread, however it was called.
rejections as (
    select distinct listed.thread_id
    from listed
    inner join {{ owners_word("reject", "thread") }} as rejected
        on
            cast(listed.thread_id as varchar) = rejected.item_id
            or list_has_all(listed.memory_ids, rejected.memory_ids)
),

-- The owner's telling stands in the place of the story; what was told beside it without knowing theirs goes.
worded as (
    select
        listed.*,
        corrections.word as owners_text,
        corrections.word is not null and listed.told_at < corrections.made_at as is_older
    from listed
    left join {{ owners_word("correct", "thread") }} as corrections
        on cast(listed.thread_id as varchar) = corrections.item_id
    where listed.thread_id not in (select thread_id from rejections)
),

final as (
    select
        * exclude (owners_text, is_older) replace (
            case
                when owners_text is null then story
                else cast(to_json([{text: owners_text, memory_ids: memory_ids}]) as varchar)
            end as story,
            case when is_older then '[]' else recurs end as recurs,
            case when is_older then '[]' else changed end as changed,
            case when is_older then '[]' else open end as open,
            case when is_older then '[]' else next end as next,
            case when owners_text is null then sentence end as sentence,
            case when owners_text is null then model else 'owner' end as model
        )
    from worded
)

select * from final
