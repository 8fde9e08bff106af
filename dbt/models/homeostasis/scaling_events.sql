-- Grain: (week, link). The ledger of weekly downscaling: every link that is not protected loses a tenth (Tononi &
-- Cirelli 2014; de Vivo 2017). Protected: the strongest fifth by what the links are worth now, and what was replayed in
-- the last seven days. The week is the key, so a second run of the same week changes nothing. Not rebuildable.
-- Cost: all links, once a week.
{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        full_refresh=false,
    )
}}

with

run as (
    select *, date_trunc('week', night) as week
    from {{ source("control", "clock") }}
    where rhythm = 'synaptic_homeostasis'
),

links as (
    select
        links.memory_a,
        links.memory_b,
        links.weight,
        links.last_at,
        percent_rank() over (
            order by round(links.weight * {{ link_fading("links.last_at", "run.as_of") }}, 12)
        ) as standing
    from {{ ref("memory_associations") }} as links
    cross join run
),

final as (
    select
        cast(run.week as date) as week,
        links.memory_a,
        links.memory_b,
        {{ var("homeostasis_factor") }} as factor,
        links.weight as weight_before,
        run.as_of as event_at,
        run.beat
    from links
    cross join run
    where
        links.standing < 1 - {{ var("homeostasis_protected_share") }}
        and links.last_at < run.as_of - interval {{ var("homeostasis_protected_days") }} day
        {% if is_incremental() %}
        and cast(run.week as date) not in (select week from {{ this }})
        {% endif %}
)

select * from final
order by memory_a, memory_b
