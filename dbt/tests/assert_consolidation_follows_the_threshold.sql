-- Consolidated is what passed the threshold over the ledger, and nothing else.
select strengths.memory_id
from {{ ref("memory_replay") }} as replay
left join {{ ref("trace_strength") }} as strengths on replay.memory_id = strengths.memory_id
where
    strengths.consolidated_at is null
    or strengths.strength < {{ var("consolidation_threshold") }} - 1e-9
