-- Grain: a question that only the owner can settle. A view, published as codex_processed.questions. What they answered
-- is settled; what they rejected is not asked.
-- Cost: as questions.
with

answers as (
    select cast(item_id as uuid) as item_id, made_at from {{ owners_word("answer", "question") }}
    union all
    select cast(item_id as uuid) as item_id, made_at from {{ owners_word("answer", "commitment") }}
),

rejections as (
    select cast(item_id as uuid) as item_id from {{ owners_word("reject", "question") }}
    union
    select cast(item_id as uuid) as item_id from {{ owners_word("reject", "commitment") }}
),

final as (
    select
        asked.question_id,
        asked.kind,
        asked.question,
        asked.memory_ids,
        asked.commitment_id,
        asked.asked_at,
        coalesce(max(answers.made_at), any_value(asked.settled_at)) as settled_at
    from {{ ref("questions") }} as asked
    left join answers on asked.question_id = answers.item_id or asked.commitment_id = answers.item_id
    where
        asked.question_id not in (select item_id from rejections)
        and coalesce(asked.commitment_id not in (select item_id from rejections), true)
    group by all
)

select * from final
