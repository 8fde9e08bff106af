-- Grain: (replay of a memory in a phase, night and cycle; partner it reactivated, or none for the memory itself). The
-- ledger of strength: append-only, never rebuilt. A run that is repeated replaces its own rows; awake replays of a
-- day that gained a memory late are replaced; events of deleted memories go with them.
--
-- The replayed memory is fully active (1). A partner is active as far as the evidence goes that the two belong
-- together (replay_evidence); only the strongest k, no floor for all.
-- Cost: the replays of this run, by those that each may bring to mind; the cues of all traces are counted.
-- depends_on: {{ ref("replay_plan") }}, {{ ref("stm_traces") }}
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

replayed as (
    select * from {{ ref("replayed_traces") }}
),

partners as (
    select *
    from {{ ref("replay_evidence") }}
    where evidence >= {{ var("association_evidence_minimum") }}
    qualify
        -- Lateral inhibition: who is far less excited than the strongest stays silent (de Almeida 2009). So a fuller
        -- day does not fill up the places with what only happened on the same day.
        evidence >= {{ var("partner_competition") }} * max(evidence) over (partition by phase, memory_id)
        and
        row_number() over (partition by phase, memory_id order by evidence desc, partner_id asc)
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
