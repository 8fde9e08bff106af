-- Grain: (replay of a memory in a phase, night and cycle; partner it reactivated, or none for the memory itself). The
-- ledger of strength: append-only, never rebuilt. A run that is repeated replaces its own rows; awake replays of a
-- day that gained a memory late are replaced; events of deleted memories go with them.
--
-- The replayed memory is fully active (1). A partner is active as far as the evidence goes that the two belong
-- together: likeness, shared cues, nearness in time and same place, combined by noisy-OR; only the strongest k, no
-- floor for all.
{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        full_refresh=false,
        partitioned_by=["year(event_at)"],
        pre_hook=[
            "{% if is_incremental() %}
            delete from {{ this }}
            where
                (phase = 'awake' and memory_id in (
                    select memory_id from {{ ref('replay_plan') }} where phase = 'awake'
                ))
                or (phase = 'asleep' and (night, cycle) in (
                    select (night, cycle) from {{ ref('replay_plan') }} where phase = 'asleep'
                ))
                or memory_id not in (select memory_id from {{ ref('stm_traces') }})
                or (partner_id is not null and partner_id not in (select memory_id from {{ ref('stm_traces') }}))
            {% endif %}",
        ],
    )
}}

with

plan as (
    select * from {{ ref("replay_plan") }}
),

traces as (
    select
        traces.memory_id,
        traces.episode_id,
        traces.waking_day,
        traces.event_at,
        traces.ready_at,
        traces.cues,
        lower(trim(traces.place)) as place_key,
        -- What no model could understand is replayed, but it brings nothing to mind and nothing brings it to mind.
        traces.model is not null as is_understood,
        embeddings.vector
    from {{ ref("stm_traces") }} as traces
    left join {{ embeddings() }} as embeddings on traces.embedding_hash = embeddings.input_hash
    where traces.ready_at <= {{ clock("hippocampal_replay") }}
),

replayed as (
    select
        plan.phase, plan.night, plan.cycle, plan.version_hash, plan.prefix_key, plan.repetitions, plan.is_old,
        plan.event_at as replayed_at,
        traces.*
    from plan
    inner join traces on plan.memory_id = traces.memory_id
),

-- Awake, the day so far comes to mind …
day_candidates as (
    select replayed.phase, replayed.memory_id, traces.memory_id as partner_id
    from replayed
    inner join traces
        on
            replayed.waking_day = traces.waking_day
            and replayed.memory_id <> traces.memory_id
            and traces.ready_at <= replayed.replayed_at
    where replayed.phase = 'awake' and replayed.is_understood and traces.is_understood
),

-- … asleep, whatever is most alike, of any age, and the rest of the episode.
nearest as (
    select
        replayed.memory_id,
        unnest(
            arg_max(
                neighbours.partner_id,
                (neighbours.cosine, cast(neighbours.partner_id as varchar)),
                {{ var("replay_neighbours") }}
            )
        ) as partner_id
    from replayed
    inner join {{ ref("replay_neighbours") }} as neighbours on replayed.memory_id = neighbours.memory_id
    where replayed.phase = 'asleep'
    group by replayed.memory_id
),

episode_candidates as (
    select replayed.memory_id, traces.memory_id as partner_id
    from replayed
    inner join traces
        on replayed.episode_id = traces.episode_id and replayed.memory_id <> traces.memory_id
    where replayed.phase = 'asleep' and replayed.is_understood and traces.is_understood
),

candidates as (
    select phase, memory_id, partner_id from day_candidates
    union
    select 'asleep' as phase, memory_id, partner_id from nearest
    union
    select 'asleep' as phase, memory_id, partner_id from episode_candidates
),

carried as (
    select memory_id, waking_day, ready_at, unnest(cues) as cue from traces
),

-- A cue that few others carry says more: it counts by how many of those that can come to mind have it. Awake that is
-- the day until then, whenever the day is looked at; asleep it is all memories.
specificity as (
    select replayed.phase, replayed.memory_id, here.cue, 1 / (1 + ln(count(*))) as specificity
    from replayed
    inner join carried as here on replayed.memory_id = here.memory_id
    inner join carried as there
        on
            here.waking_day = there.waking_day
            and here.cue = there.cue
            and there.ready_at <= replayed.replayed_at
    where replayed.phase = 'awake'
    group by all
    union all
    select replayed.phase, replayed.memory_id, here.cue, 1 / (1 + ln(spread.memories)) as specificity
    from replayed
    inner join carried as here on replayed.memory_id = here.memory_id
    inner join (select cue, count(*) as memories from carried group by cue) as spread on here.cue = spread.cue
    where replayed.phase = 'asleep'
),

shared_cues as (
    select
        candidates.phase,
        candidates.memory_id,
        candidates.partner_id,
        {{ exact_sum("specificity.specificity") }} as shared_cues
    from candidates
    inner join specificity
        on candidates.phase = specificity.phase and candidates.memory_id = specificity.memory_id
    inner join carried as there on candidates.partner_id = there.memory_id and specificity.cue = there.cue
    group by all
),

cues as (
    select
        candidates.phase,
        candidates.memory_id,
        candidates.partner_id,
        coalesce({{ similarity("list_inner_product(replayed.vector, traces.vector)") }}, 0) as likeness,
        coalesce(shared_cues.shared_cues, 0) as shared_cues,
        abs(epoch(replayed.event_at) - epoch(traces.event_at)) / 60.0 as minutes_apart,
        coalesce(replayed.place_key = traces.place_key, false) as same_place
    from candidates
    inner join replayed
        on candidates.phase = replayed.phase and candidates.memory_id = replayed.memory_id
    inner join traces on candidates.partner_id = traces.memory_id
    left join shared_cues
        on
            candidates.phase = shared_cues.phase
            and candidates.memory_id = shared_cues.memory_id
            and candidates.partner_id = shared_cues.partner_id
),

evidence as (
    select
        *,
        round(
            {{
                noisy_or([
                    "0.7 * likeness",
                    "0.5 * (1 - exp(-shared_cues))",
                    "0.4 * exp(-minutes_apart / " ~ var("coactivation_window_minutes") ~ ")",
                    "case when same_place then 0.1 else 0 end",
                ])
            }}, 9
        ) as evidence
    from cues
),

partners as (
    select *
    from evidence
    where evidence >= {{ var("association_evidence_minimum") }}
    qualify
        -- Lateral inhibition: who is far less excited than the strongest stays silent (de Almeida 2009). So a fuller
        -- day does not fill up the places with what only happened on the same day.
        evidence >= {{ var("partner_competition") }} * max(evidence) over (partition by phase, memory_id)
        and
        row_number() over (partition by phase, memory_id order by evidence desc, partner_id)
        <= {{ var("replay_neighbours") }}
),

events as (
    select
        phase, night, cycle, memory_id, cast(null as uuid) as partner_id, replayed_at as event_at, repetitions,
        cast(1 as double) as activation, cast(null as double) as partner_activation, is_old, version_hash, prefix_key
    from replayed
    union all
    select
        replayed.phase, replayed.night, replayed.cycle, replayed.memory_id, partners.partner_id,
        replayed.replayed_at as event_at, replayed.repetitions,
        cast(1 as double) as activation, partners.evidence as partner_activation,
        replayed.is_old, replayed.version_hash, replayed.prefix_key
    from replayed
    inner join partners on replayed.phase = partners.phase and replayed.memory_id = partners.memory_id
),

final as (
    select *, {{ clock("hippocampal_replay", "beat") }} as beat from events
)

select * from final
order by event_at, phase, memory_id, partner_id nulls first
