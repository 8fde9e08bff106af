-- Grain: a retrieval event. Not rebuildable where readers' rows are expired. Recalling a memory strengthens it
-- (Roediger & Karpicke 2006).
-- Cost: all recalls that readers' table holds, by their keys.
{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        full_refresh=false,
    )
}}

select
    retrieval_id,
    memory_id,
    retrieved_at,
    reader,
    {{ clock("hippocampal_replay", "beat") }} as beat
from {{ source("codex_processed", "retrievals") }}
where
    retrieved_at <= {{ clock("hippocampal_replay") }}
    {% if is_incremental() %}
    and retrieval_id not in (select retrieval_id from {{ this }})
    {% endif %}
