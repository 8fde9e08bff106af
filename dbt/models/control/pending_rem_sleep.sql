-- Grain: one row: how much waits for REM sleep: dreams that are due tonight, pairs without an answer, and dreams of
-- what is known no more. A view; control.pending has all rhythms.
-- Cost: all pairs dreamt, by their keys.
with

knowledge as (
    select count(*) as items, coalesce(max(beat), 0) as beat from {{ ref("ltm_semantic_network") }}
),

dreamt_of as (
    select coalesce(max(knowledge_beat), 0) as beat from {{ ref("rem_pairs") }}
),

-- A whole night asked for by hand dreams of what is new; a real night goes on with what is known, too.
due as (
    select
        coalesce(
            max(due.dreams) filter (
                where knowledge.items >= 2 and not (due.sleep_travels and knowledge.beat <= dreamt_of.beat)
            ),
            0
        ) as waiting
    from {{ ref("dreams_due") }} as due
    cross join knowledge
    cross join dreamt_of
),

unanswered as (
    select count(*) as waiting
    from {{ ref("rem_requests") }} as requests
    left join {{ ref("creative_insights") }} as dreams
        on requests.memory_a = dreams.memory_a and requests.memory_b = dreams.memory_b
    left join {{ failures("dream") }} as failures on requests.input_hash = failures.input_hash
    where dreams.memory_a is null and failures.input_hash is null
),

orphans as (
    select count(*) as waiting
    from {{ ref("creative_insights") }}
    where
        memory_a not in (select memory_id from {{ ref("ltm_semantic_network") }})
        or memory_b not in (select memory_id from {{ ref("ltm_semantic_network") }})
),

questions as (
    select 1 as place, due.waiting + unanswered.waiting + orphans.waiting as waiting, 'dreams are due tonight' as what
    from due
    cross join unanswered
    cross join orphans
),

final as (
    {{ first_that_waits("rem_sleep") }}
)

select * from final
