-- Grain: (earlier note, later note that says otherwise). A view, published as codex_processed.changes_of_mind.
-- Cost: as changes_of_mind.
select change_id, earlier_id, later_id, before, after, changed_at, why, model, prompt_version
from {{ ref("changes_of_mind") }}
