-- Grain: a rhythm that has a gate: how much waits for it, and what, by the clock in `asking`. A view: health and status
-- read it; a gate reads the row of its own rhythm (pending_<rhythm>), since to plan all of them costs more than to
-- answer one. Idle, each beat of each rhythm asks.
-- Cost: all that the rows of its rhythms look at.
select rhythm, waiting, what, has_run from {{ ref("pending_working_memory") }}
union all
select rhythm, waiting, what, has_run from {{ ref("pending_insights") }}
union all
select rhythm, waiting, what, has_run from {{ ref("pending_short_term_memory") }}
union all
select rhythm, waiting, what, has_run from {{ ref("pending_hippocampal_replay") }}
union all
select rhythm, waiting, what, has_run from {{ ref("pending_deep_sleep") }}
union all
select rhythm, waiting, what, has_run from {{ ref("pending_rem_sleep") }}
union all
select rhythm, waiting, what, has_run from {{ ref("pending_synaptic_homeostasis") }}
union all
select rhythm, waiting, what, has_run from {{ ref("pending_awakening") }}
union all
select rhythm, waiting, what, has_run from {{ ref("pending_health") }}
