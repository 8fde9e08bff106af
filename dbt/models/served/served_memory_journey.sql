-- Grain: a memory and a stage that it reached. A view, published as codex_processed.memory_journey.
-- Cost: all memories at all stages.
select
    memory_id,
    step,
    stage,
    event_type,
    event_at,
    details
from {{ ref("processing_log") }}
