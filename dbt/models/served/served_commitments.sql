-- Grain: a commitment. A view, published as codex_processed.commitments. What the owner rejected is left out, what they
-- corrected has their words, and its state is the one they told: one that they keep open is open until a later note
-- closes it.
-- Cost: all commitments.
with

noted as (
    select
        commitments.*,
        answered.word as answer,
        answered.made_at as answered_at,
        pinned.item_id is not null as is_pinned,
        {{ corrected("commitment", "commitments.commitment_id", "commitments.what", "commitments.memory_ids") }}
            as owners_text
    from {{ ref("commitments") }} as commitments
    left join {{ owners_word("answer", "commitment") }} as answered
        on cast(commitments.commitment_id as varchar) = answered.item_id
    left join {{ owners_word("pin", "commitment") }} as pinned
        on cast(commitments.commitment_id as varchar) = pinned.item_id
    where
        not {{ is_rejected(
            "commitment", "commitments.commitment_id", "commitments.what", "commitments.memory_ids"
        ) }}
),

settled as (
    select
        *,
        coalesce(answer in ('done', 'dropped'), false) as is_closed_by_owner,
        coalesce(
            state in ('done', 'dropped')
            and (
                (answer = 'open' and (closed_by is null or closed_at <= answered_at))
                or (is_pinned and closed_by is null and state = 'dropped')
            ),
            false
        ) as is_kept_open
    from noted
),

stated as (
    select
        *,
        case
            when is_closed_by_owner then answer
            when is_kept_open and due_date is not null then 'late'
            when is_kept_open then 'open'
            else state
        end as state_told
    from settled
),

still_open as (
    select list(commitment_id) as commitment_ids from stated where state_told = 'open'
),

final as (
    select
        stated.commitment_id,
        coalesce(stated.owners_text, stated.what) as what,
        stated.who,
        stated.to_whom,
        stated.due_at,
        stated.due_date,
        stated.kind,
        stated.said,
        stated.state_told as state,
        stated.opened_by,
        case when not (stated.is_closed_by_owner or stated.is_kept_open) then stated.closed_by end as closed_by,
        stated.opened_at,
        case
            when stated.is_closed_by_owner then stated.answered_at
            when not stated.is_kept_open then stated.closed_at
        end as closed_at,
        case
            when stated.state_told = 'open'
                then list_filter(
                    stated.clashes_with, lambda other: list_contains(still_open.commitment_ids, other)
                )
            else []
        end as clashes_with,
        stated.memory_ids,
        case when stated.owners_text is null then stated.model else 'owner' end as model,
        stated.prompt_version
    from stated
    cross join still_open
)

select * from final
