-- Grain: one row: how much waits for deep sleep, and what. A view; control.pending has all rhythms.
-- Cost: consolidated memories, knowledge and commitments, by their keys.
with

asking as (
    select * from {{ ref("asking") }} where rhythm = 'deep_sleep'
),

given_up as (
    select requests.memory_id, requests.replay_hash
    from {{ ref("ltm_gist_requests") }} as requests
    inner join {{ failures("semantic_summary") }} as failures on requests.input_hash = failures.input_hash
),

unknown as (
    select count(*) as waiting
    from {{ ref("memory_replay") }} as replay
    full join {{ ref("ltm_semantic_network") }} as network
        on replay.memory_id = network.memory_id and replay.replay_hash = network.replay_hash
    where
        (
            network.memory_id is null
            and (replay.memory_id, replay.replay_hash) not in (select (memory_id, replay_hash) from given_up)
        )
        or (
            replay.memory_id is null
            and network.memory_id not in (select memory_id from {{ ref("memory_replay") }})
        )
),

-- Where replay found nothing new, it has strengthened all the same.
strengthened as (
    select count(*) as waiting
    from {{ ref("last_replays") }} as replayed
    inner join {{ ref("ltm_strength") }} as strengths on replayed.memory_id = strengths.memory_id
    cross join asking
    where
        asking.slow_wave_until >= 1
        and replayed.event_at <= asking.as_of
        and replayed.event_at > strengths.last_event_at
),

recalled as (
    select count(*) as waiting
    from {{ ref("stg_codex_processed__retrievals") }} as retrievals
    inner join {{ ref("ltm_strength") }} as strengths on retrievals.memory_id = strengths.memory_id
    cross join asking
    where retrievals.retrieved_at <= asking.as_of and retrievals.retrieved_at > strengths.last_event_at
),

gone as (
    select distinct memory_id from {{ ref("pruned") }} where memory_id is not null and restored_at is null
),

-- Archived, or brought back, since strength was computed.
archived as (
    select count(*) as waiting
    from {{ ref("ltm_strength") }} as strengths
    left join gone on strengths.memory_id = gone.memory_id
    where strengths.is_archived <> (gone.memory_id is not null)
),

unplaced as (
    select count(*) as waiting
    from {{ ref("thread_notes") }} as notes
    full join {{ ref("thread_places") }} as places
        on notes.memory_id = places.memory_id and notes.note_key = places.note_key
    where
        (notes.memory_id is null or places.memory_id is null)
        and (select bool_or(is_due) from {{ ref("threads_due") }})
),

untold as (
    select count(*) as waiting
    from (
        select thread_id
        from {{ ref("thread_places") }}
        where
            thread_id is not null
            and cast(thread_id as varchar) not in (select item_id from {{ owners_word("reject", "thread") }})
        except
        select thread_id from {{ ref("threads") }}
        union
        select requests.thread_id
        from {{ ref("thread_requests") }} as requests
        left join {{ ref("threads") }} as threads
            on requests.thread_id = threads.thread_id and requests.notes_hash = threads.notes_hash
        where threads.thread_id is null
    )
    where
        thread_id not in (
            select requests.thread_id
            from {{ ref("thread_requests") }} as requests
            inner join {{ failures("thread") }} as failures on requests.input_hash = failures.input_hash
        )
),

questions as (
    select 1 as place, waiting, 'consolidated memories are not yet knowledge' as what from unknown
    union all
    select 2 as place, waiting, 'replayed memories have become stronger' as what from strengthened
    union all
    select
        3 as place,
        recalled.waiting + archived.waiting as waiting,
        'memories were recalled, archived or brought back' as what
    from recalled
    cross join archived
    union all
    select
        4 as place,
        waiting,
        'commitments or changes of mind are new, or a day has come' as what
    from {{ ref("intentions_due") }}
    union all
    select 5 as place, waiting, 'memories have no place among the threads' as what from unplaced
    union all
    select 6 as place, waiting, 'threads are to be told' as what from untold
),

final as (
    {{ first_that_waits("deep_sleep") }}
)

select * from final
