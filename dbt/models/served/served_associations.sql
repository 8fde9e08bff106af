-- Grain: an unordered pair of memories. A view, published as codex_processed.associations.
-- Links are computed anew with each replay; what was scaled down or pruned since is counted in here.
-- Cost: all links, and all that was scaled or pruned.
with

links as (
    select * from {{ ref("memory_associations") }}
),

scalings as (
    select
        *,
        row_number() over (partition by memory_a, memory_b order by event_at) as nth
    from {{ ref("scaling_events") }}
),

later as (
    select links.memory_a, links.memory_b, exp(sum(ln(scalings.factor))) as factor
    from links
    inner join scalings
        on
            links.memory_a = scalings.memory_a
            and links.memory_b = scalings.memory_b
            and links.scalings < scalings.nth
    group by links.memory_a, links.memory_b
),

pruned as (
    select * from {{ ref("pruned") }} where kind = 'link'
),

final as (
    select
        links.memory_a,
        links.memory_b,
        round(links.effective_weight * coalesce(later.factor, 1), 12) as weight,
        cast(links.coactivations as bigint) as coactivations,
        links.first_at,
        links.last_at,
        links.is_dream_only
    from links
    left join later on links.memory_a = later.memory_a and links.memory_b = later.memory_b
    where
        -- What the owner rejected, and what began with a dream that they rejected.
        not exists (
            select 1
            from {{ owners_word("reject", "association") }} as rejections
            where rejections.item_id = links.memory_a || '+' || links.memory_b
        )
        and not (
            links.is_dream_only
            and exists (
                select 1
                from {{ owners_word("reject", "dream") }} as rejections
                inner join {{ ref("creative_insights") }} as dreams
                    on rejections.item_id = cast(dreams.dream_id as varchar)
                where dreams.memory_a = links.memory_a and dreams.memory_b = links.memory_b
            )
        )
        and not exists (
            select 1 from pruned
            where
                pruned.memory_a = links.memory_a
                and pruned.memory_b = links.memory_b
                and pruned.pruned_at >= links.last_at
        )
)

select * from final
