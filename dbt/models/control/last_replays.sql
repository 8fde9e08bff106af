-- Grain: a memory that was replayed, with the beat and the instant of its last replay. A view.
-- Cost: all replays of the ledger.
select memory_id, max(beat) as beat, max(event_at) as event_at
from {{ ref("replay_events") }}
where partner_id is null
group by memory_id
