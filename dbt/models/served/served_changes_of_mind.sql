-- Grain: (earlier note, later note that says otherwise). A view, published as codex_processed.changes_of_mind.
-- Cost: as changes_of_mind.
-- What the owner rejected is left out, and what they corrected has their words.
with

minds as (
    select *, [earlier_id, later_id] as memory_ids from {{ ref("changes_of_mind") }}
),

worded as (
    select minds.*, {{ corrected("change", "minds.change_id", "minds.after", "minds.memory_ids") }} as owners_text
    from minds
    where not {{ is_rejected("change", "minds.change_id", "minds.after", "minds.memory_ids") }}
),

final as (
    select
        change_id,
        earlier_id,
        later_id,
        before,
        coalesce(owners_text, after) as after,
        changed_at,
        why,
        case when owners_text is null then model else 'owner' end as model,
        prompt_version
    from worded
)

select * from final
