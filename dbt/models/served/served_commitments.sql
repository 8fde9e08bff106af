-- Grain: a commitment. A view, published as codex_processed.commitments.
-- Cost: all commitments.
select
    commitment_id,
    what,
    who,
    to_whom,
    due_at,
    due_date,
    kind,
    said,
    state,
    opened_by,
    closed_by,
    opened_at,
    closed_at,
    clashes_with,
    memory_ids,
    model,
    prompt_version
from {{ ref("commitments") }}
