-- Grain: a pair of memories dreamt together in a night's cycle (memory_a < memory_b). Not rebuildable: a night is past.
--
-- Chosen first, then asked: of the pairs that could be dreamt together (rem_remote_pairs), by their likelihood and a
-- hash of night and pair. No pair is dreamt twice.
-- Cost: pairs of at most 300 items; all knowledge and all pairs dreamt before are looked through by their keys.
{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        full_refresh=false,
        pre_hook=[
            "{% if is_incremental() %}
            delete from {{ this }}
            where
                memory_a not in (select memory_id from {{ ref('ltm_semantic_network') }})
                or memory_b not in (select memory_id from {{ ref('ltm_semantic_network') }})
            {% endif %}",
        ],
    )
}}

with

dreamt_before as (
    {% if is_incremental() %}
    select distinct memory_a, memory_b from {{ this }}
    {% else %}
    select cast(null as uuid) as memory_a, cast(null as uuid) as memory_b
    where false
    {% endif %}
),

run as (
    select clock.*, due.dreams
    from {{ source("control", "clock") }} as clock
    inner join {{ ref("dreams_due") }} as due on clock.rhythm = due.rhythm
),

chosen as (
    select
        remote.*,
        row_number() over (
            order by
                -ln(1 - {{ uniform("'pair ' || run.night || ' ' || remote.memory_a || ' ' || remote.memory_b") }})
                / greatest(remote.likelihood, 1e-300),
                remote.memory_a,
                remote.memory_b
        ) as place
    from {{ ref("rem_remote_pairs") }} as remote
    cross join run
    left join dreamt_before
        on remote.memory_a = dreamt_before.memory_a and remote.memory_b = dreamt_before.memory_b
    where dreamt_before.memory_a is null
),

final as (
    select
        run.night,
        run.cycle,
        chosen.memory_a,
        chosen.memory_b,
        chosen.cosine,
        chosen.bridge,
        chosen.place,
        run.as_of as event_at,
        -- What was known when this was dreamt: a night asked for by hand dreams when there is more.
        (select max(beat) from {{ ref("ltm_semantic_network") }}) as knowledge_beat,
        run.beat
    from chosen
    cross join run
    where chosen.place <= run.dreams
)

select * from final
order by place
