-- Grain: a pair that met and is asked about, without an answer yet. Rebuilt each run. Of two threads one has an open
-- point: what is asked is what of the other helps it, of the note that holds it (`concerned_id`) and the note of the
-- other thread that is most like it (`other_id`). At most three a night, when all its pairs have met, the most alike
-- first, and none twice; a night that could not be asked about is made up for in the next.
-- Cost: the pairs of one night, and the notes of their threads by each open point; all dreams, by their keys.
{%- set most = 3 %}

with

run as (
    select * from {{ source("control", "clock") }} where rhythm = 'rem_sleep'
),

known as (
    {{
        feedback_rows(
            "rem",
            "creative_insights",
            {
                "memory_a": "uuid", "memory_b": "uuid", "concerned_id": "uuid", "other_id": "uuid", "night": "date",
            },
        )
    }}
),

-- The clock's night where its REM sleep is over, else the one before.
tonight as (
    select max(pairs.night) as night
    from {{ ref("rem_pairs") }} as pairs
    cross join run
    where pairs.night < run.night or run.rem_until >= 1
),

notes as (
    select
        places.memory_id,
        threads.thread_id,
        threads.title,
        strftime(timezone(run.zone, notes.event_at), '%Y-%m-%d') as date,
        left(notes.content, 4000) as text,
        embeddings.vector
    from {{ ref("thread_places") }} as places
    inner join {{ ref("threads") }} as threads on places.thread_id = threads.thread_id
    inner join {{ ref("thread_notes") }} as notes on places.memory_id = notes.memory_id
    inner join {{ embeddings() }} as embeddings on notes.embedding_hash = embeddings.input_hash
    cross join run
    where threads.title is not null
),

met as (
    select
        pairs.memory_a, pairs.memory_b, pairs.night, pairs.cycle, pairs.place,
        a.thread_id as thread_a, b.thread_id as thread_b
    from {{ ref("rem_pairs") }} as pairs
    inner join tonight on pairs.night = tonight.night
    inner join notes as a on pairs.memory_a = a.memory_id
    inner join notes as b on pairs.memory_b = b.memory_id
    where a.thread_id <> b.thread_id
),

concerned as (
    select met.*, points.memory_id as concerned_id, points.open_point, points.due_date, met.thread_b as other_thread
    from met
    inner join {{ ref("rem_open_points") }} as points on met.thread_a = points.thread_id
    union all
    select met.*, points.memory_id as concerned_id, points.open_point, points.due_date, met.thread_a as other_thread
    from met
    inner join {{ ref("rem_open_points") }} as points on met.thread_b = points.thread_id
),

-- Of each pair its one best question, and each question once.
likest as (
    select
        concerned.*,
        here.title as concerned_title,
        here.date as concerned_date,
        here.text as concerned_text,
        there.memory_id as other_id,
        there.title as other_title,
        there.date as other_date,
        there.text as other_text,
        round(list_inner_product(here.vector, there.vector), 6) as likeness
    from concerned
    inner join notes as here on concerned.concerned_id = here.memory_id
    inner join notes as there on concerned.other_thread = there.thread_id
    qualify row_number() over (
        partition by concerned.memory_a, concerned.memory_b
        order by likeness desc, concerned.concerned_id asc, there.memory_id asc
    ) = 1
),

asked as (
    select * from likest
    where
        (memory_a, memory_b) not in (select (memory_a, memory_b) from known)
        and (concerned_id, other_id) not in (select (concerned_id, other_id) from known)
    qualify row_number() over (partition by concerned_id, other_id order by cycle, place, memory_a, memory_b) = 1
),

numbered as (
    select *, row_number() over (order by likeness desc, memory_a asc, memory_b asc) as nth from asked
),

dreamt as (
    select count(*) as dreams
    from known
    inner join tonight on known.night = tonight.night
),

final as (
    select
        asked.concerned_id || '+' || asked.other_id || '/dream' as request_id,
        'dream' as task,
        asked.memory_a,
        asked.memory_b,
        asked.concerned_id,
        asked.other_id,
        asked.night,
        asked.open_point,
        cast(
            to_json({
                open_point: asked.open_point,
                due: strftime(asked.due_date, '%Y-%m-%d'),
                concerned: {thread: asked.concerned_title, date: asked.concerned_date, text: asked.concerned_text},
                other: {thread: asked.other_title, date: asked.other_date, text: asked.other_text}
            }) as varchar
        ) as input
    from numbered as asked
    cross join dreamt
    where asked.nth + dreamt.dreams <= {{ most }}
)

select *, sha256(input) as input_hash
from final
order by request_id
