-- Grain: a question that only the owner can settle. Rebuilt each run. Two kinds of things are asked about: what became
-- of a task that is late by some days (`question_after_days`), and two notes that contradict each other. A question is
-- settled by what is noted later, and kept with the time of it.
-- Cost: all commitments and contradictions that were ever noted.
with

run as (
    select as_of, zone from {{ source("control", "clock") }} where rhythm = 'deep_sleep'
),

doubtful as (
    select
        commitments.*,
        coalesce(commitments.due_at, timezone(run.zone, cast(commitments.due_date + 1 as timestamp)))
        + interval {{ var("question_after_days") }} day as asked_at
    from {{ ref("commitments") }} as commitments
    cross join run
    where commitments.kind = 'task' and commitments.due_date is not null
),

fates as (
    select
        {{ stable_uuid("'fate of ' || commitment_id") }} as question_id,
        'fate' as kind,
        'What became of this: ' || what || ' ('
        || case when who = 'me' then '' else who || ', ' end
        || case when to_whom is null or to_whom = 'me' then '' else 'for ' || to_whom || ', ' end
        || 'due ' || strftime(due_date, '%Y-%m-%d') || ')?' as question,
        memory_ids,
        commitment_id,
        asked_at,
        closed_at as settled_at
    from doubtful
    where closed_at is null or closed_at > asked_at
),

related as (
    select
        memory_id as later_id,
        event_at,
        partner_ids,
        unnest(relations) as relation
    from {{ ref("note_relations") }}
),

contradictions as (
    select
        partner_ids[relation['note']] as earlier_id,
        later_id,
        event_at as asked_at,
        relation['before'] as before_text,
        relation['after'] as after_text
    from related
    where relation['kind'] = 'contradicts' and relation['before'] is not null and relation['after'] is not null
),

-- Whatever later takes back one of the two settles it.
settled as (
    select contradictions.earlier_id, contradictions.later_id, min(minds.changed_at) as settled_at
    from contradictions
    inner join {{ ref("changes_of_mind") }} as minds
        on
            contradictions.asked_at <= minds.changed_at
            and (contradictions.earlier_id = minds.earlier_id or contradictions.later_id = minds.earlier_id)
    group by contradictions.earlier_id, contradictions.later_id
),

disagreements as (
    select
        {{ stable_uuid("'contradiction ' || contradictions.earlier_id || contradictions.later_id") }} as question_id,
        case
            when
                regexp_replace(lower(before_text), '[0-9]+', '', 'g')
                = regexp_replace(lower(after_text), '[0-9]+', '', 'g')
                then 'figure'
            else 'contradiction'
        end as kind,
        'Which of these holds: "' || before_text || '" or "' || after_text || '"?' as question,
        [contradictions.earlier_id, contradictions.later_id] as memory_ids,
        cast(null as uuid) as commitment_id,
        contradictions.asked_at,
        settled.settled_at
    from contradictions
    left join settled
        on contradictions.earlier_id = settled.earlier_id and contradictions.later_id = settled.later_id
    where
        contradictions.earlier_id in (select memory_id from {{ ref("stg_codex_store__current_memories") }})
        and contradictions.later_id in (select memory_id from {{ ref("stg_codex_store__current_memories") }})
    qualify row_number() over (
        partition by contradictions.earlier_id, contradictions.later_id order by before_text, after_text
    ) = 1
),

final as (
    select asked.*
    from (
        select * from fates
        union all
        select * from disagreements
    ) as asked
    cross join run
    where asked.asked_at <= run.as_of
)

select * from final
order by asked_at, question_id
