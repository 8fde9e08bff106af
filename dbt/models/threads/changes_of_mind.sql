-- Grain: (earlier note, later note that says otherwise): a plan, habit, opinion or belief that no longer holds.
-- Rebuilt each run. The earlier note was not wrong when it was written: it is dated and kept, as a memory that was
-- brought up to date keeps its old version (Nader 2000).
-- Cost: all traces that were compared, by what was found of them.
with

related as (
    select
        memory_id as later_id, event_at as changed_at, partner_ids, unnest(relations) as relation, model, prompt_version
    from {{ ref("note_relations") }}
),

told as (
    select
        partner_ids[relation['note']] as earlier_id,
        later_id,
        relation['before'] as before_text,
        relation['after'] as after_text,
        relation['why'] as why,
        changed_at,
        model,
        prompt_version
    from related
    where relation['kind'] = 'changes'
),

-- Two notes that contradicted each other until the owner said which of them holds.
answered as (
    select
        contradictions.*,
        {{ stable_uuid("'contradiction ' || contradictions.earlier_id || contradictions.later_id") }} as question_id
    from (
        select
            partner_ids[relation['note']] as earlier_id,
            later_id,
            relation['before'] as before_text,
            relation['after'] as after_text,
            changed_at,
            prompt_version
        from related
        where relation['kind'] = 'contradicts'
    ) as contradictions
),

decided as (
    select
        case answers.word when 'second' then answered.earlier_id else answered.later_id end as earlier_id,
        case answers.word when 'second' then answered.later_id else answered.earlier_id end as later_id,
        case answers.word when 'second' then answered.before_text else answered.after_text end as before_text,
        case answers.word when 'second' then answered.after_text else answered.before_text end as after_text,
        cast(null as varchar) as why,
        answered.changed_at,
        'owner' as model,
        answered.prompt_version
    from answered
    inner join {{ owners_word("answer", "question") }} as answers
        on cast(answered.question_id as varchar) = answers.item_id
    where answers.word in ('first', 'second')
),

present as (
    select memory_id from {{ ref("stg_codex_store__current_memories") }}
),

final as (
    select
        {{ stable_uuid("'change ' || earlier_id || later_id") }} as change_id,
        earlier_id,
        later_id,
        before_text as before,
        after_text as after,
        changed_at,
        why,
        model,
        prompt_version
    from (
        select * from told
        union all by name
        select * from decided
    ) as told
    where
        earlier_id in (select memory_id from present)
        and later_id in (select memory_id from present)
        and before_text is not null
        and after_text is not null
        and changed_at <= {{ clock("deep_sleep") }}
    qualify row_number() over (partition by earlier_id, later_id order by before_text, after_text) = 1
)

select * from final
order by changed_at, change_id
