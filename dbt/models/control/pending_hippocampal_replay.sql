-- Grain: one row: how much waits for replay, and what. A view; control.pending has all rhythms.
-- Cost: all traces and all replays of the ledger (replay_due), and new recalls.
with

asking as (
    select * from {{ ref("asking") }} where rhythm = 'hippocampal_replay'
),

due as (
    select
        count(*) filter (where due_awake) as awake,
        count(*) filter (where due_asleep) as asleep
    from {{ ref("replay_due") }}
    where is_ready
),

gone as (
    select count(distinct memory_id) as waiting
    from {{ ref("replay_events") }}
    where memory_id not in (select memory_id from {{ ref("stm_traces") }})
),

-- Of what was replayed in a night, patterns are looked for when its slow waves are over.
unasked as (
    select count(*) as waiting
    from {{ ref("last_replays") }} as replayed
    inner join {{ ref("memory_replay") }} as known
        on replayed.memory_id = known.memory_id and replayed.beat > known.beat
    cross join asking
    where asking.slow_wave_until >= 1
),

-- Not yet compared with what was before them; where the model gave up, nothing is waited for.
unrelated as (
    select count(*) as waiting
    from {{ ref("stm_traces") }} as traces
    cross join asking
    where
        traces.ready_at <= asking.as_of
        and traces.embedding_hash is not null
        and traces.model is not null
        and (traces.memory_id, traces.version_hash) not in (
            select (memory_id, version_hash) from {{ ref("note_relations") }}
        )
),

changed as (
    select count(*) as waiting from {{ ref("links_to_change") }}
),

questions as (
    select 1 as place, due.awake + gone.waiting as waiting, 'traces are ready for replay' as what
    from due
    cross join gone
    union all
    select 2 as place, asleep as waiting, 'traces are ready for replay' as what from due
    union all
    select 3 as place, waiting, 'replayed memories were not looked through for patterns' as what from unasked
    union all
    select 4 as place, waiting, 'links were dreamt, weakened or pruned' as what from changed
    union all
    select 5 as place, waiting, 'notes were not compared with earlier ones' as what from unrelated
    union all
    select 6 as place, coalesce(recalls, 0) as waiting, 'retrievals were not taken in yet' as what
    from {{ ref("store_news") }}
),

final as (
    {{ first_that_waits("hippocampal_replay") }}
)

select * from final
