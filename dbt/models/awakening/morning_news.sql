-- Grain: something that a morning could tell beside what is due: a thread that moved, a change of mind, a dream,
-- something that fades, memories that failed. Ephemeral, a part of morning_items.
-- Cost: all threads, changes of mind, dreams and knowledge items; a scan of each.
{{ config(materialized="ephemeral") }}

with

today as (
    select mornings.* from {{ ref("mornings") }} as mornings where mornings.morning = {{ this_morning() }}
),

moved as (
    select
        threads.*,
        today.since,
        -- What is told of it: its one honest sentence, else what changed, what recurs, else the end of its story.
        coalesce(
            nullif(cast(threads.sentence as json), json 'null'),
            json_extract(threads.changed, '$[0]'),
            json_extract(threads.recurs, '$[0]'),
            json_extract(threads.story, '$[#-1]')
        ) as said
    from {{ ref("served_threads") }} as threads
    cross join today
    where
        threads.told_at > today.since
        and threads.told_at <= today.as_of
        and threads.title is not null
        and threads.merged_into is null
),

threads as (
    select
        'thread' as kind,
        'thread ' || thread_id || ' ' || md5(said ->> 'text') as item_key,
        row_number() over (order by last_at desc, members desc, thread_id asc) as place,
        said ->> 'text' as text,
        to_json({title: title, thread_id: thread_id, members: members}) as detail,
        cast(from_json(said -> 'memory_ids', '["varchar"]') as uuid[]) as memory_ids
    from moved
    where said ->> 'text' is not null
),

changes as (
    select
        'changed' as kind,
        'changed ' || changes.change_id as item_key,
        row_number() over (order by changes.changed_at desc, changes.change_id asc) as place,
        changes.after as text,
        to_json({before: changes.before, why: changes.why, changed_at: changes.changed_at}) as detail,
        [changes.earlier_id, changes.later_id] as memory_ids
    from {{ ref("served_changes_of_mind") }} as changes
    cross join today
    where
        changes.changed_at > today.as_of - interval '{{ var("morning_look_back_days") }} days'
        and changes.changed_at <= today.as_of
),

questions as (
    select
        'question' as kind,
        'question ' || question_id as item_key,
        row_number() over (order by asked_at desc, question_id asc) as place,
        question as text,
        to_json({kind: kind, question_id: question_id}) as detail,
        memory_ids
    from {{ ref("served_questions") }}
    cross join today
    where settled_at is null and asked_at <= today.as_of
),

dreams as (
    select
        'dream' as kind,
        'dream ' || dreams.id as item_key,
        row_number() over (order by dreams.plausibility * dreams.novelty desc, dreams.id) as place,
        dreams.creative_connection as text,
        to_json({theme: dreams.shared_theme}) as detail,
        dreams.source_memory_ids as memory_ids
    from {{ ref("served_creative_insights") }} as dreams
    cross join today
    where dreams.created_at > today.since and dreams.created_at <= today.as_of
),

-- Strongly consolidated once, and hardly to be recalled now.
fading as (
    select
        'fading' as kind,
        'fading ' || source_memory_id as item_key,
        row_number() over (order by consolidated_strength desc, retrievability asc, source_memory_id asc) as place,
        semantic_gist as text,
        to_json({retrievability: round(retrievability, 2), event_at: event_at}) as detail,
        [source_memory_id] as memory_ids
    from {{ ref("served_semantic_memory") }}
    where
        not is_archived
        and superseded_at is null
        and canonical_id = id
        and consolidated_strength >= {{ var("morning_mattered") }}
        and retrievability <= {{ var("morning_fades") }}
),

failed as (
    select
        'health' as kind,
        'health failed ' || count(*) as item_key,
        1 as place,
        cast(count(*) as varchar) as text,
        to_json({status: 'failed'}) as detail,
        cast([] as uuid[]) as memory_ids
    from {{ ref("processing_state") }}
    where status = 'failed'
    having count(*) > 0
),

final as (
    select * from threads
    union all
    select * from changes
    union all
    select * from questions
    union all
    select * from dreams
    union all
    select * from fading
    union all
    select * from failed
)

select * from final
