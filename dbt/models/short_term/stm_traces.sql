-- Grain: an attended memory. Rebuildable. The hippocampal trace: what was attended, bound to its goal, place, people
-- (stm_bindings) and episode (stm_episodes), with the strength it was encoded with (stm_encoding). A waking day is laid
-- down as a whole.
-- Cost: the days to be laid down, with the pairs of memories within each; what was laid down before is looked through
-- by its keys.
-- depends_on: {{ ref("stm_due") }}, {{ ref("wm_admissions") }}
{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        partitioned_by=["year(event_at)"],
        pre_hook=[
            "{% if is_incremental() %}
            delete from {{ this }}
            where
                waking_day in (select waking_day from {{ ref('stm_due') }})
                or memory_id not in (select memory_id from {{ ref('wm_admissions') }} where fate = 'attended')
            {% endif %}",
        ],
    )
}}

with

strengthened as (
    select
        bindings.*,
        encoding.encoding_strength,
        encoding.captured_strength,
        encoding.coactivations,
        episodes.episode_id,
        -- The trace is handed over when its attention window closes.
        bindings.window_end as entered_stm_at
    from {{ ref("stm_bindings") }} as bindings
    inner join {{ ref("stm_encoding") }} as encoding on bindings.memory_id = encoding.memory_id
    inner join {{ ref("stm_episodes") }} as episodes on bindings.memory_id = episodes.memory_id
),

final as (
    select
        memory_id,
        experience_id,
        version_hash,
        waking_day,
        event_at,
        event_at as entered_wm_at,
        entered_stm_at,
        -- Ready at once when several related memories were active or feelings ran high; else when its time is up.
        case
            when arousal >= {{ var("flashbulb_arousal") }} then entered_stm_at
            when coactivations >= 3 and encoding_strength > 0.3 then entered_stm_at
            else entered_stm_at + interval {{ var("stm_duration_minutes") }} minute
        end as ready_at,
        case
            when arousal >= {{ var("flashbulb_arousal") }} then 'strong feeling'
            when coactivations >= 3 and encoding_strength > 0.3 then 'related memories'
            else 'time in short-term memory'
        end as ready_because,
        episode_id,
        slot,
        in_focus,
        priority,
        importance,
        urgency,
        arousal,
        valence,
        sentiment,
        task_type,
        initial_strength,
        captured_strength,
        encoding_strength,
        coactivations,
        goal,
        tasks,
        actions,
        temporal_marker,
        causal_links,
        place,
        place_frame,
        time_of_day,
        duration_minutes,
        companions as people,
        organizations,
        tools,
        places,
        topics,
        -- What can bring this trace back: everything it names, once, in lower case.
        list_sort(
            list_distinct(
                list_transform(
                    list_concat(topics, tools, companions, organizations, places, tags), lambda cue: lower(trim(cue))
                )
            )
        ) as cues,
        objects,
        chunk_index,
        gist,
        embedding_hash,
        model as features_model,
        model,
        prompt_version,
        {{ clock("short_term_memory", "beat") }} as beat
    from strengthened
)

select * from final
order by event_at, memory_id
