-- Grain: a trace that was not yet compared with what was before it, or that has another before it since. Rebuilt each
-- run. With at most five of the earlier notes that are most like it (`related_likeness` on the calibrated scale), and
-- with what was to be done by then: what shares a word with it first, then the latest. Notes and commitments are dated,
-- so a question is asked once: order and strengths are no part of it. A trace without either has no input, and is not
-- asked about.
-- Cost: new traces, and those after the first of them, each by all traces and by the commitments of
-- `commitment_lapse_days` before it.
with

run as (
    select zone from {{ source("control", "clock") }} where rhythm = 'hippocampal_replay'
),

news as (
    select * from {{ ref("notes_to_relate") }}
),

near as (
    select * from {{ ref("notes_before") }}
),

earlier as (
    select
        near.memory_id,
        list(near.partner_id order by near.event_at, near.partner_id) as partner_ids,
        list(
            {date: strftime(timezone(run.zone, near.created_at), '%Y-%m-%d'), text: left(near.content, 4000)}
            order by near.event_at, near.partner_id
        ) as earlier
    from near
    cross join run
    group by near.memory_id
),

promised as (
    select
        commitment_id,
        memory_id,
        event_at,
        list_distinct(
            list_transform(regexp_extract_all(lower(phrase), '[\p{L}\p{N}]{4,}'), lambda word: word[:5])
        ) as words
    from {{ ref("note_commitments") }}
),

most_alike as (
    select
        news.memory_id,
        unnest(
            arg_max(
                promised.commitment_id,
                (
                    len(list_intersect(news.words, promised.words)),
                    promised.event_at,
                    cast(promised.commitment_id as varchar)
                ),
                20
            )
        ) as commitment_id
    from news
    inner join promised
        on
            news.event_at > promised.event_at
            and news.event_at - interval {{ var("commitment_lapse_days") }} day < promised.event_at
            and news.memory_id <> promised.memory_id
    group by news.memory_id
),

waiting as (
    select most_alike.memory_id, commitments.* exclude (memory_id)
    from most_alike
    inner join {{ ref("note_commitments") }} as commitments on most_alike.commitment_id = commitments.commitment_id
),

open as (
    select
        waiting.memory_id,
        list(waiting.commitment_id order by waiting.event_at, waiting.commitment_id) as commitment_ids,
        list(
            {
                date: strftime(timezone(run.zone, waiting.event_at), '%Y-%m-%d'),
                what: waiting.what,
                who: waiting.who,
                to_whom: waiting.to_whom,
                due: strftime(waiting.due_date, '%Y-%m-%d'),
                due_time: strftime(timezone(run.zone, waiting.due_at), '%H:%M'),
                kind: waiting.kind,
                said: waiting.phrase
            }
            order by waiting.event_at, waiting.commitment_id
        ) as open
    from waiting
    cross join run
    group by waiting.memory_id
),

asked as (
    select
        news.memory_id,
        news.version_hash,
        news.event_at,
        coalesce(earlier.partner_ids, []) as partner_ids,
        coalesce(open.commitment_ids, []) as commitment_ids,
        case
            when earlier.memory_id is not null or open.memory_id is not null
                then
                    cast(
                        to_json({
                            content: news.content,
                            created_at: strftime(news.written_at, '%Y-%m-%dT%H:%M:%S'),
                            earlier: coalesce(earlier.earlier, []),
                            open: coalesce(open.open, [])
                        }) as varchar
                    )
        end as input
    from news
    left join earlier on news.memory_id = earlier.memory_id
    left join open on news.memory_id = open.memory_id
),

final as (
    select memory_id || '/relate' as request_id, 'relate' as task, *, sha256(input) as input_hash
    from asked
)

select * from final
order by event_at, memory_id
