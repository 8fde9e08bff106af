-- Grain: a commitment that an earlier note has already (ephemeral): the same person is bound to the same, for the same
-- day or for none, within a month. Half of the words of both must be the same, by their beginnings.
-- Cost: pairs of commitments that share a word within a month.
{{ config(materialized="ephemeral") }}

with

noted as (
    select
        *,
        list_distinct(
            list_transform(regexp_extract_all(lower(what), '[\p{L}\p{N}]{3,}'), lambda word: word[:5])
        ) as words
    from {{ ref("note_commitments") }}
),

by_word as (
    select *, unnest(words) as word from noted
),

pairs as (
    select distinct
        later.commitment_id,
        earlier.commitment_id as earlier_id,
        earlier.event_at as earlier_at
    from by_word as later
    inner join by_word as earlier
        on
            later.word = earlier.word
            and later.who = earlier.who
            and later.memory_id <> earlier.memory_id
            and (earlier.event_at, earlier.commitment_id) < (later.event_at, later.commitment_id)
            and earlier.event_at > later.event_at - interval 31 day
    where
        coalesce(later.due_date = earlier.due_date, true)
        and coalesce(lower(later.to_whom) = lower(earlier.to_whom), true)
        and 4 * len(list_intersect(later.words, earlier.words)) >= len(later.words) + len(earlier.words)
        and (later.due_date is null or later.event_at <= later.due_date + interval 1 day)
),

-- What repeats a repetition repeats the first, too; beyond two it stands for itself.
firsts as (
    select commitment_id, min_by(earlier_id, (earlier_at, earlier_id)) as earlier_id
    from pairs
    group by commitment_id
),

final as (
    select firsts.commitment_id, coalesce(before.earlier_id, firsts.earlier_id) as first_id
    from firsts
    left join firsts as before on firsts.earlier_id = before.commitment_id
    where coalesce(before.earlier_id, firsts.earlier_id) not in (select others.commitment_id from firsts as others)
)

select * from final
