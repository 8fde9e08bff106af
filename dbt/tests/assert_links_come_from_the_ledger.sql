-- No link without a co-activation: what was never active together is not linked (a dream's link has its dream).
select links.memory_a, links.memory_b
from {{ ref("memory_associations") }} as links
left join {{ ref("replay_events") }} as events
    on
        links.memory_a = least(events.memory_id, events.partner_id)
        and links.memory_b = greatest(events.memory_id, events.partner_id)
where events.memory_id is null and not links.is_dream_only
