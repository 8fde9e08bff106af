-- Grain: a consolidated memory whose patterns are looked for: newly consolidated, changed, or replayed since they were
-- looked for (a replayed memory is open to change, Nader 2000). Rebuilt each run. The model sees what the strongest
-- associated memories say, not how many they are.
-- What is replayed again is asked about once a night, when its slow waves are over: until then links still grow, and
-- each cycle would ask what the next one asks anew.
-- Cost: memories that are asked about, by their links; all consolidated memories are looked through by their keys.
with

run as (
    select * from {{ source("control", "clock") }} where rhythm = 'hippocampal_replay'
),

consolidated as (
    select
        traces.memory_id, traces.version_hash, traces.gist, traces.goal, memories.content
    from {{ ref("trace_strength") }} as strengths
    inner join {{ ref("stm_traces") }} as traces on strengths.memory_id = traces.memory_id
    inner join {{ ref("stg_codex_store__current_memories") }} as memories on strengths.memory_id = memories.memory_id
    where strengths.consolidated_at is not null
),

known as (
    {{
        feedback_rows(
            "consolidation",
            "memory_replay",
            {"memory_id": "uuid", "version_hash": "varchar", "beat": "bigint"},
            rebuildable=true,
        )
    }}
),

concerned as (
    select consolidated.*
    from consolidated
    cross join run
    left join known
        on consolidated.memory_id = known.memory_id and consolidated.version_hash = known.version_hash
    left join {{ ref("last_replays") }} as replayed on consolidated.memory_id = replayed.memory_id
    where
        known.memory_id is null
        or (replayed.beat > known.beat and run.slow_wave_until >= 1)
),

links as (
    select memory_a as memory_id, memory_b as partner_id, weight from {{ ref("memory_associations") }}
    union all
    select memory_b as memory_id, memory_a as partner_id, weight from {{ ref("memory_associations") }}
),

strongest as (
    select links.*
    from links
    inner join concerned on links.memory_id = concerned.memory_id
    qualify
        row_number() over (partition by links.memory_id order by links.weight desc, links.partner_id asc) <= 5
),

-- Listed by time, and weak (.2), moderate (.5) or strong (.8) by thirds, so that a small shift of weights is no new
-- question.
associated as (
    select
        strongest.memory_id,
        list(
            {gist: traces.gist, strength: round(0.2 + 0.3 * least(floor(3 * strongest.weight), 2), 1)}
            order by traces.event_at, traces.memory_id
        ) as associated
    from strongest
    inner join {{ ref("stm_traces") }} as traces on strongest.partner_id = traces.memory_id
    group by strongest.memory_id
),

final as (
    select
        concerned.memory_id || '/pattern_discovery' as request_id,
        'pattern_discovery' as task,
        concerned.memory_id,
        concerned.version_hash,
        cast(
            to_json({
                gist: concerned.gist,
                goal: concerned.goal,
                content: concerned.content,
                associated: coalesce(associated.associated, [])
            }) as varchar
        ) as input
    from concerned
    left join associated on concerned.memory_id = associated.memory_id
)

select *, sha256(input) as input_hash
from final
order by memory_id
