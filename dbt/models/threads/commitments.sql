-- Grain: a commitment, however many notes name it: who owes what to whom, by when, and what became of it as of deep
-- sleep's clock, in the owner's calendar. Rebuilt each run.
-- An appointment is over at its time; a task is late from then on. Of what nothing is heard for long after it was due
-- (or was noted, where no day is told), nobody is reminded: it is dropped (`commitment_lapse_days`).
-- Cost: all commitments that were ever noted.
with

run as (
    select as_of, zone from {{ source("control", "clock") }} where rhythm = 'deep_sleep'
),

noted as (
    select notes.*, coalesce(again.first_id, notes.commitment_id) as first_id
    from {{ ref("note_commitments") }} as notes
    cross join run
    left join {{ ref("noted_again") }} as again on notes.commitment_id = again.commitment_id
    where notes.event_at <= run.as_of
),

firsts as (
    select *
    from noted
    qualify row_number() over (partition by first_id order by event_at, commitment_id) = 1
),

together as (
    select
        first_id,
        arg_min(to_whom, (event_at, commitment_id)) filter (where to_whom is not null) as to_whom,
        arg_min(due_date, (due_at is null, event_at, commitment_id)) filter (where due_date is not null) as due_date,
        arg_min(due_at, (event_at, commitment_id)) filter (where due_at is not null) as due_at,
        list(distinct memory_id order by memory_id) as memory_ids,
        list(content_key order by content_key) as made_of
    from noted
    group by first_id
),

dated as (
    select
        firsts.first_id as commitment_id,
        firsts.what,
        firsts.who,
        together.to_whom,
        case when fates.moved_to is null then together.due_at else fates.moved_to_instant end as due_at,
        coalesce(fates.moved_to, together.due_date) as due_date,
        firsts.kind,
        firsts.phrase as said,
        firsts.memory_id as opened_by,
        firsts.event_at as opened_at,
        together.memory_ids,
        firsts.model,
        firsts.prompt_version,
        list_sort(list_concat(together.made_of, coalesce(fates.made_of, []))) as made_of,
        fates.ended_by as closed_by,
        fates.ended_at,
        fates.outcome,
        run.as_of,
        coalesce(
            case when fates.moved_to is null then together.due_at else fates.moved_to_instant end,
            timezone(run.zone, cast(coalesce(fates.moved_to, together.due_date) + 1 as timestamp))
        ) as passes_at,
        coalesce(passes_at, firsts.event_at) + interval {{ var("commitment_lapse_days") }} day as lapses_at
    from firsts
    inner join together on firsts.first_id = together.first_id
    left join {{ ref("commitment_fates") }} as fates on firsts.first_id = fates.first_id
    cross join run
),

judged as (
    select
        *,
        case
            when outcome is not null then outcome
            when kind = 'appointment' and passes_at <= as_of then 'done'
            when lapses_at <= as_of then 'dropped'
            when passes_at <= as_of then 'late'
            else 'open'
        end as state,
        passes_at + interval {{ var("question_after_days") }} day as doubtful_at
    from dated
),

-- Two of the open ones at about the same time.
clashes as (
    select here.commitment_id, list(there.commitment_id order by there.due_at, there.commitment_id) as clashes_with
    from judged as here
    inner join judged as there
        on
            here.due_date = there.due_date
            and here.commitment_id <> there.commitment_id
            and abs(epoch(here.due_at) - epoch(there.due_at)) < 1800
    where here.state = 'open' and there.state = 'open'
    group by here.commitment_id
),

final as (
    select
        judged.commitment_id,
        judged.what,
        judged.who,
        judged.to_whom,
        judged.due_at,
        judged.due_date,
        judged.kind,
        judged.said,
        judged.state,
        judged.opened_by,
        judged.closed_by,
        judged.opened_at,
        coalesce(
            judged.ended_at,
            case judged.state when 'done' then judged.passes_at when 'dropped' then judged.lapses_at end
        ) as closed_at,
        coalesce(clashes.clashes_with, []) as clashes_with,
        judged.memory_ids,
        judged.model,
        judged.prompt_version,
        -- When time alone changes the state next, or asks what became of it.
        case
            when judged.state = 'open' then coalesce(judged.passes_at, judged.lapses_at)
            when judged.state = 'late' and judged.doubtful_at > judged.as_of then judged.doubtful_at
            when judged.state = 'late' then judged.lapses_at
        end as changes_at,
        judged.made_of
    from judged
    left join clashes on judged.commitment_id = clashes.commitment_id
)

select * from final
order by opened_at, commitment_id
