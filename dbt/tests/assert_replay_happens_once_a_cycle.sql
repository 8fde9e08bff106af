-- A repeated run replaces its rows: a memory is replayed once (with repetitions) in a phase, night and cycle.
select phase, night, cycle, memory_id, partner_id, event_at
from {{ ref("replay_events") }}
group by all
having count(*) > 1
