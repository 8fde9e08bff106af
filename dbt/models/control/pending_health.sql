-- Grain: one row: how much waits for the journeys of memories to be written anew: tables that were published since. A
-- view; control.pending has all rhythms.
-- Cost: nothing: what the session tells.
with

questions as (
    select 1 as place, coalesce(publications, 0) as waiting, 'tables were published since' as what
    from {{ ref("store_news") }}
),

final as (
    {{ first_that_waits("health") }}
)

select * from final
