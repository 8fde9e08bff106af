-- Grain: a memory. Rebuildable. The fate of every memory in its attention window: who got one of the 7 ± 2 places
-- (Miller 1956), who was in focus (Cowan 2001), who was not attended, filtered, failed or still waits.
-- Windows tumble over event time, so an outage or a decade loaded at once changes nothing. A window that gained,
-- changed or lost a memory is ranked again as a whole. Chunks of one parent compete as one and share a place.
-- Cost: the memories of windows with something new; what was admitted before is looked through by its keys.
-- depends_on: {{ ref("stg_codex_store__current_memories") }}, {{ ref("wm_feature_requests") }}
{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        partitioned_by=["year(event_at)"],
        pre_hook=[
            "{% if is_incremental() %}
            delete from {{ this }}
            where
                memory_id in (
                    select memory_id from {{ ref('wm_feature_requests') }} where task = 'perceive'
                )
                or memory_id not in (select memory_id from {{ ref('stg_codex_store__current_memories') }})
            {% endif %}",
        ],
    )
}}

{%- set window_seconds = var("working_memory_window_seconds") %}

with

judged as (
    select * from {{ ref("wm_judgements") }}
),

competitors as (
    select
        window_start,
        experience_id,
        min(event_at) as event_at,
        pow(
            0.5,
            (epoch(window_start) + {{ window_seconds }} - epoch(min(event_at))) / {{ var("recency_half_life_seconds") }}
        ) as recency,
        {{ var("attention_weight_importance") }} * max(importance)
        + {{ var("attention_weight_urgency") }} * max(urgency)
        + {{ var("attention_weight_emotion") }} * max(arousal) as salience
    from judged
    where standing = 'competing'
    group by window_start, experience_id
),

ranked as (
    select
        *,
        salience * recency as priority,
        row_number() over (
            partition by window_start
            order by salience * recency desc, event_at desc, experience_id asc
        ) as rank_in_window,
        -- One capacity a window: the canonical one and up to two places more or less, hashed from the window.
        greatest(
            5,
            least(
                9,
                {{ var("working_memory_capacity") }} - 2
                + cast(floor(5 * {{ uniform("'capacity ' || epoch_us(window_start)") }}) as integer)
            )
        ) as capacity
    from competitors
),

final as (
    select
        judged.memory_id,
        judged.experience_id,
        judged.version_hash,
        judged.event_at,
        judged.created_at,
        judged.window_start,
        judged.window_start + interval {{ window_seconds }} second as window_end,
        judged.importance,
        judged.urgency,
        judged.arousal,
        judged.valence,
        judged.sentiment,
        judged.task_type,
        judged.people,
        judged.organizations,
        judged.tools,
        judged.places,
        judged.topics,
        judged.goal,
        judged.tasks,
        judged.actions,
        judged.temporal_marker,
        judged.causal_links,
        judged.place,
        judged.place_frame,
        judged.time_of_day,
        judged.duration_minutes,
        judged.objects,
        judged.gist,
        judged.gist_kind,
        judged.gist_confidence,
        ranked.recency,
        ranked.priority,
        ranked.capacity,
        ranked.rank_in_window,
        case when ranked.rank_in_window <= ranked.capacity then ranked.rank_in_window end as slot,
        coalesce(ranked.rank_in_window <= {{ var("working_memory_focus") }}, false) as in_focus,
        case
            when judged.standing <> 'competing' then judged.standing
            when ranked.rank_in_window <= ranked.capacity then 'attended'
            else 'unattended'
        end as fate,
        case
            when judged.standing = 'filtered' then judged.filter_reason
            when judged.standing = 'failed' then judged.last_error
            when judged.standing = 'pending' then 'waits for the language model'
            when ranked.rank_in_window > ranked.capacity
                then
                    'rank ' || ranked.rank_in_window || ' in its attention window with room for ' || ranked.capacity
        end as fate_reason,
        judged.embedding_hash,
        judged.answered_at,
        judged.model,
        judged.prompt_version,
        {{ clock("working_memory", "beat") }} as beat
    from judged
    left join ranked
        on
            judged.standing = 'competing'
            and judged.window_start = ranked.window_start
            and judged.experience_id = ranked.experience_id
)

select * from final
order by event_at, memory_id
