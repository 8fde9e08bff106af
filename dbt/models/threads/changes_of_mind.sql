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
    from told
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
