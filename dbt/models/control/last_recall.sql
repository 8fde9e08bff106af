-- Grain: one row: the last retrieval event that was taken in from what readers write. A view.
-- Cost: all recalls.
select coalesce(max(retrieval_id), 0) as retrieval_id from {{ ref("stg_codex_processed__retrievals") }}
