-- Grain: a thread that is to be told: it never was, or it has a note that it was not told from, or a third of those it
-- was told from have left it (once a night); that one of its edge has left it is no news. Rebuilt each run.
-- What is asked is told apart by its dated notes alone: neither today's date nor the last telling, which stand in the
-- question, nor any strength makes the same notes a new question.
-- Cost: all memories that are in threads, with their text.
{%- set most_notes = 60 %}

with

run as (
    select * from {{ source("control", "clock") }} where rhythm = 'deep_sleep'
),

numbered as (
    select
        places.thread_id,
        places.memory_id,
        places.language,
        notes.event_at,
        -- Of a long note its beginning and end; the prompt has room for less.
        case
            when length(notes.content) <= 2000 then notes.content
            else left(notes.content, 1400) || ' … ' || right(notes.content, 500)
        end as text,
        row_number() over (
            partition by places.thread_id order by notes.event_at desc, places.memory_id desc
        ) as from_the_last
    from {{ ref("thread_places") }} as places
    inner join {{ ref("thread_notes") }} as notes on places.memory_id = notes.memory_id
    where places.thread_id is not null
),

dated as (
    select
        numbered.thread_id,
        list(
            {
                date: strftime(timezone(run.zone, numbered.event_at), '%Y-%m-%d'),
                text: numbered.text
            }
            order by numbered.event_at, numbered.memory_id
        ) as notes,
        list(numbered.memory_id order by numbered.event_at, numbered.memory_id) as memory_ids,
        list(
            md5(concat_ws(
                ' ', numbered.memory_id, strftime(timezone(run.zone, numbered.event_at), '%Y-%m-%d'), numbered.text
            ))
            order by numbered.event_at, numbered.memory_id
        ) as note_keys
    from numbered
    cross join run
    where numbered.from_the_last <= {{ most_notes }}
    group by numbered.thread_id
),

languages as (
    select thread_id, language
    from numbered
    group by thread_id, language
    qualify row_number() over (partition by thread_id order by count(*) desc, language) = 1
),

-- What the owner put in the place of its story is part of the question; what they rejected is not told.
spoken as (
    select
        dated.*,
        languages.language,
        corrections.word as owners_word,
        corrections.made_at as corrected_at,
        sha256(cast(to_json({notes: dated.notes}) as varchar) || coalesce(corrections.word, '')) as notes_hash
    from dated
    inner join languages on dated.thread_id = languages.thread_id
    left join {{ owners_word("correct", "thread") }} as corrections
        on cast(dated.thread_id as varchar) = corrections.item_id
    where cast(dated.thread_id as varchar) not in (select item_id from {{ owners_word("reject", "thread") }})
),

told as (
    {{
        feedback_rows(
            "threads",
            "threads",
            {
                "thread_id": "uuid", "title": "varchar", "story": "varchar",
                "made_of": "uuid[]", "note_keys": "varchar[]", "told_at": "timestamptz",
            },
            rebuildable=true,
        )
    }}
),

-- A telling that was made of a memory which is gone is none.
gone as (
    select distinct thread_id
    from (select thread_id, unnest(made_of) as memory_id from told) as made
    where memory_id not in (select memory_id from {{ ref("thread_notes") }})
),

last_told as (
    select * from told where thread_id not in (select thread_id from gone)
),

concerned as (
    select
        spoken.*,
        last_told.title as last_title,
        array_to_string(json_extract_string(last_told.story, '$[*].text'), ' ') as last_story,
        -- Whatever a telling leans on goes when it goes, also what only the last one had seen.
        list_sort(list_distinct(list_concat(spoken.memory_ids, coalesce(last_told.made_of, [])))) as made_of
    from spoken
    left join last_told on spoken.thread_id = last_told.thread_id
    where
        last_told.thread_id is null
        or (
            (
                not list_has_all(last_told.note_keys, spoken.note_keys)
                or 3 * len(list_intersect(last_told.note_keys, spoken.note_keys)) <= 2 * len(last_told.note_keys)
                or last_told.told_at < spoken.corrected_at
            )
            and (select bool_or(is_due) from {{ ref("threads_due") }})
        )
),

final as (
    select
        concerned.thread_id || '/thread' as request_id,
        'thread' as task,
        concerned.thread_id,
        concerned.memory_ids,
        concerned.made_of,
        concerned.note_keys,
        concerned.notes_hash,
        cast(
            to_json({
                notes: concerned.notes,
                last_title: concerned.last_title,
                last_story: nullif(concerned.last_story, ''),
                owners_word: concerned.owners_word,
                owner: null,
                today: strftime(timezone(run.zone, run.as_of), '%Y-%m-%d'),
                language: concerned.language
            }) as varchar
        ) as input,
        concerned.notes_hash as input_hash
    from concerned
    cross join run
)

select * from final
order by thread_id
