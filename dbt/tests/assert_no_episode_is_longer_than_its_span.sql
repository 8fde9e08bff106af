-- Zacks 2007: an episode has an end.
select episode_id, started_at, ended_at
from {{ ref("stm_episode_formation") }}
where ended_at - started_at > interval {{ var("episode_span_minutes") }} minute
