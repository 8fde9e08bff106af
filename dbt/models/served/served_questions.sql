-- Grain: a question that only the owner can settle. A view, published as codex_processed.questions.
-- Cost: as questions.
select question_id, kind, question, memory_ids, commitment_id, asked_at, settled_at
from {{ ref("questions") }}
