-- Grain: two drafts of a night that are compared, or the only one. Rebuilt each run: what is worth telling is asked
-- when all is dreamt, in a question of its own. Which of the two comes first is decided by their hashes.
-- Cost: at most three drafts a night, each by each.
with

drafts as (
    select
        *,
        {open_point: open_point, connection: connection, plausibility: plausibility, novelty: novelty} as draft
    from {{ ref("rem_drafts") }}
    where is_draft
),

final as (
    select
        one.memory_a,
        one.memory_b,
        other.memory_a as second_a,
        other.memory_b as second_b,
        one.concerned_id || '+' || one.other_id || coalesce(' or ' || other.concerned_id || '+' || other.other_id, '')
        || '/dream_choice' as request_id,
        'dream_choice' as task,
        cast(to_json({first: one.draft, second: other.draft}) as varchar) as input
    from drafts as one
    left join drafts as other on one.night = other.night and one.input_hash < other.input_hash
    where
        other.memory_a is not null
        or one.night not in (select night from drafts group by night having count(*) > 1)
)

select *, sha256(input) as input_hash
from final
order by request_id
