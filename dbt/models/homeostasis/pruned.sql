-- Grain: a tombstone of what was let go in a week: a link that fell below the threshold, or a memory that can hardly be
-- recalled any more (archived). Nothing is destroyed: a restored memory is marked and comes back; nothing that the
-- owner has pinned is let go. Not rebuildable.
--
-- A link goes when it is next to nothing, was not used in the last 30 days and is not among the strongest fifth.
-- A memory is archived when its retrievability is below the threshold, it is older than 30 days and was neither
-- accessed ever nor replayed in the last 30 days; this holds for knowledge and for traces that never were consolidated.
-- Cost: all links and all traces, once a week.
{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        full_refresh=false,
        pre_hook=[
            "{% if is_incremental() %}
            delete from {{ this }}
            where memory_id is not null and memory_id not in (select memory_id from {{ ref('stm_traces') }})
            {% endif %}",
        ],
    )
}}

with

run as (
    select *, cast(date_trunc('week', night) as date) as week
    from {{ source("control", "clock") }}
    where rhythm = 'synaptic_homeostasis'
),

gone as (
    {% if is_incremental() %}
    select kind, memory_id, memory_a, memory_b, pruned_at, restored_at from {{ this }}
    {% else %}
    select
        cast(null as varchar) as kind, cast(null as uuid) as memory_id, cast(null as uuid) as memory_a,
        cast(null as uuid) as memory_b, cast(null as timestamptz) as pruned_at,
        cast(null as timestamptz) as restored_at
    where false
    {% endif %}
),

accessed as (
    select distinct memory_id from {{ ref("stg_codex_processed__retrievals") }}
),

traces as (
    select
        traces.memory_id,
        traces.event_at,
        -- As of this run: deep sleep computes its own only when it has something to do.
        case
            when strengths.memory_id is not null
                then {{ retrievability(
                    days_between("strengths.last_event_at", "run.as_of"), "strengths.stability_days"
                ) }}
            else
                {{ retrievability(
                    days_between("coalesce(trace_strength.last_replayed_at, traces.event_at)", "run.as_of"),
                    var("stability_stm_days"),
                ) }}
        end as retrievability,
        trace_strength.last_replayed_at
    from {{ ref("stm_traces") }} as traces
    cross join run
    left join {{ ref("trace_strength") }} as trace_strength on traces.memory_id = trace_strength.memory_id
    left join {{ ref("ltm_strength") }} as strengths on traces.memory_id = strengths.memory_id
),

archived as (
    select
        'memory' as kind,
        traces.memory_id,
        cast(null as uuid) as memory_a,
        cast(null as uuid) as memory_b,
        traces.retrievability as remaining
    from traces
    cross join run
    where
        traces.retrievability < {{ var("archive_threshold") }}
        and traces.event_at < run.as_of - interval {{ var("archive_after_days") }} day
        and coalesce(traces.last_replayed_at, traces.event_at)
        < run.as_of - interval {{ var("archive_after_days") }} day
        and traces.memory_id not in (select memory_id from accessed)
        and traces.memory_id not in (select memory_id from {{ pinned_memories() }})
        and traces.memory_id not in (select memory_id from gone where memory_id is not null)
),

-- Today's downscaling is counted in: the table of links is computed anew only with the next replay.
links as (
    select
        links.memory_a,
        links.memory_b,
        links.last_at,
        links.weight * coalesce(scaled.factor, 1) * {{ link_fading("links.last_at", "run.as_of") }} as weight,
        percent_rank() over (
            order by round(links.weight * {{ link_fading("links.last_at", "run.as_of") }}, 12)
        ) as standing
    from {{ ref("memory_associations") }} as links
    cross join run
    left join {{ ref("scaling_events") }} as scaled
        on
            links.memory_a = scaled.memory_a
            and links.memory_b = scaled.memory_b
            and run.beat = scaled.beat
),

unlinked as (
    select
        'link' as kind,
        cast(null as uuid) as memory_id,
        links.memory_a,
        links.memory_b,
        links.weight as remaining
    from links
    cross join run
    where
        links.weight < {{ var("weak_connection_threshold") }}
        and links.standing < 1 - {{ var("homeostasis_protected_share") }}
        and links.last_at < run.as_of - interval {{ var("archive_after_days") }} day
        and links.memory_a || '+' || links.memory_b not in (
            select item_id from {{ owners_word("pin", "association") }}
        )
        and (links.memory_a, links.memory_b) not in (
            select (gone.memory_a, gone.memory_b) from gone where gone.kind = 'link' and gone.pruned_at >= links.last_at
        )
),

final as (
    select
        gone.kind, run.week, gone.memory_id, gone.memory_a, gone.memory_b, round(gone.remaining, 12) as remaining,
        run.as_of as pruned_at, cast(null as timestamptz) as restored_at, run.beat
    from (
        select * from archived
        union all
        select * from unlinked
    ) as gone
    cross join run
)

select * from final
order by kind, memory_id, memory_a, memory_b
