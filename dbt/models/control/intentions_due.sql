-- Grain: one row: how many commitments and changes of mind deep sleep has not told as they stand, and how many change
-- by time alone: their day has come. A view.
-- Cost: all commitments and compared traces, by their keys.
with

asking as (
    select * from {{ ref("asking") }} where rhythm = 'deep_sleep'
),

-- Commitments that were noted, closed or taken back since, and those whose day has come.
told as (
    select unnest(made_of) as content_key from {{ ref("commitments") }}
),

bound as (
    select count(*) as waiting
    from (
        select notes.content_key
        from {{ ref("note_commitments") }} as notes
        cross join asking
        where notes.event_at <= asking.as_of
        union all
        select closings.content_key
        from {{ ref("note_closings") }} as closings
        cross join asking
        where closings.event_at <= asking.as_of
    ) as noted
    full join told on noted.content_key = told.content_key
    where noted.content_key is null or told.content_key is null
),

known as (
    select later_id from {{ ref("changes_of_mind") }} where model <> 'owner'
    union
    select memory_ids[2] as later_id from {{ ref("questions") }} where kind <> 'fate'
),

minds as (
    select count(*) as waiting
    from (
        select distinct notes.memory_id
        from {{ ref("note_relations") }} as notes
        cross join asking
        cross join unnest(notes.relations) as related (relation)
        where
            notes.event_at <= asking.as_of
            and relation['kind'] in ('changes', 'contradicts')
            and relation['before'] is not null
            and relation['after'] is not null
    ) as noted
    full join known on noted.memory_id = known.later_id
    where noted.memory_id is null or known.later_id is null
),

come_due as (
    select count(*) as waiting
    from {{ ref("commitments") }} as commitments
    cross join asking
    where commitments.changes_at <= asking.as_of
),

-- Contradictions that the owner has decided, or no longer has.
decided as (
    select
        case answers.word when 'second' then asked.memory_ids[1] else asked.memory_ids[2] end as earlier_id,
        case answers.word when 'second' then asked.memory_ids[2] else asked.memory_ids[1] end as later_id
    from {{ ref("questions") }} as asked
    inner join {{ owners_word("answer", "question") }} as answers
        on cast(asked.question_id as varchar) = answers.item_id
    where answers.word in ('first', 'second')
),

undecided as (
    select count(*) as waiting
    from decided
    full join {{ ref("changes_of_mind") }} as minds
        on decided.earlier_id = minds.earlier_id and decided.later_id = minds.later_id
    where minds.change_id is null or (decided.earlier_id is null and minds.model = 'owner')
),

final as (
    select bound.waiting + minds.waiting + undecided.waiting + come_due.waiting as waiting
    from bound
    cross join minds
    cross join undecided
    cross join come_due
)

select * from final
