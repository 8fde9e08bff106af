-- Grain: an attended memory. Rebuildable. The hippocampal trace: what was attended, bound to its goal, place, people
-- and episode, with the strength it was encoded with. A waking day is laid down as a whole.
--
-- Encoding strength x0 = 1 - (1 - p'/2)(1 - k·arousal): importance and urgency, and arousal but not valence
-- (McGaugh 2004). Tag and capture: a weak trace near a strong event keeps a share of its strength (Frey & Morris 1997).
-- Episodes end at a gap, at a jump in meaning (mean + 1 sd of the block's jumps), and after 30 minutes (Zacks 2007).
{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        partitioned_by=["year(event_at)"],
        pre_hook=[
            "{% if is_incremental() %}
            delete from {{ this }}
            where
                waking_day in (select waking_day from {{ ref('stm_requests') }})
                or memory_id not in (select memory_id from {{ ref('wm_admissions') }} where fate = 'attended')
            {% endif %}",
        ],
    )
}}

with

requests as (
    select * from {{ ref("stm_requests") }}
),

structures as (
    select requests.*, answers.answer, answers.model, answers.prompt_version, failures.input_hash is not null as failed
    from requests
    left join {{ answers("episode_structure") }} as answers on requests.input_hash = answers.input_hash
    left join {{ failures("episode_structure") }} as failures on requests.input_hash = failures.input_hash
    where requests.task = 'episode_structure'
),

contexts as (
    select requests.*, answers.answer, failures.input_hash is not null as failed
    from requests
    left join {{ answers("episode_context") }} as answers on requests.input_hash = answers.input_hash
    left join {{ failures("episode_context") }} as failures on requests.input_hash = failures.input_hash
    where requests.task = 'episode_context'
),

memories as (
    select * from {{ ref("stg_codex_store__current_memories") }}
    where memory_id in (select memory_id from requests)
),

-- An answer that was given up leaves its fields empty; one that is still awaited keeps the memory waiting.
bound as (
    select
        admissions.*,
        structures.waking_day,
        {{ answer_text("structures.answer", "goal") }} as goal,
        {{ answer_list("structures.answer", "tasks") }} as tasks,
        {{ answer_list("structures.answer", "actions") }} as actions,
        {{ answer_text("structures.answer", "temporal_marker") }} as temporal_marker,
        {{ answer_list("structures.answer", "causal_links") }} as causal_links,
        {{ answer_text("contexts.answer", "place") }} as place,
        coalesce({{ answer_text("contexts.answer", "place_frame") }}, 'unknown') as place_frame,
        coalesce({{ answer_text("contexts.answer", "time_of_day") }}, 'unknown') as time_of_day,
        {{ answer_number("contexts.answer", "duration_minutes") }} as duration_minutes,
        list_sort(list_distinct(list_concat(admissions.people, {{ answer_list("contexts.answer", "people") }})))
            as companions,
        json_extract(contexts.answer, '$.objects') as objects,
        coalesce(memories.summary, left(regexp_replace(trim(memories.content), '\s+', ' ', 'g'), 200)) as gist,
        memories.tags,
        memories.chunk_index,
        embeddings.vector,
        structures.model as structure_model,
        structures.prompt_version as structure_prompt_version
    from structures
    inner join contexts on structures.memory_id = contexts.memory_id
    inner join {{ ref("wm_admissions") }} as admissions
        on structures.memory_id = admissions.memory_id and admissions.fate = 'attended'
    inner join memories on structures.memory_id = memories.memory_id
    left join {{ embeddings() }} as embeddings on admissions.embedding_hash = embeddings.input_hash
    where
        (structures.answer is not null or structures.failed)
        and (contexts.answer is not null or contexts.failed)
),

encoded as (
    select
        *,
        1
        - (
            1 - 0.5 * (
                {{ var("attention_weight_importance") }} * importance + {{ var("attention_weight_urgency") }} * urgency
            ) / {{ var("attention_weight_importance") + var("attention_weight_urgency") }}
        )
        * (1 - {{ var("emotional_gain") }} * arousal) as initial_strength
    from bound
),

captured as (
    select
        weak.memory_id,
        max(
            strong.initial_strength
            * exp(
                -abs(epoch(weak.event_at) - epoch(strong.event_at)) / 60.0 / {{ var("tag_decay_minutes") }}
            )
        ) as captured_strength
    from encoded as weak
    inner join encoded as strong
        on
            weak.waking_day = strong.waking_day
            and weak.experience_id <> strong.experience_id
            and abs(epoch(weak.event_at) - epoch(strong.event_at)) <= 60 * {{ var("tag_window_minutes") }}
    where strong.arousal >= {{ var("flashbulb_arousal") }} and weak.arousal < {{ var("flashbulb_arousal") }}
    group by weak.memory_id
),

-- Episode boundaries: gaps first.
spaced as (
    select
        *,
        coalesce(
            epoch(event_at) - epoch(lag(event_at) over in_day) > 60 * {{ var("episode_gap_minutes") }}, true
        ) as after_gap
    from encoded
    window in_day as (partition by waking_day order by event_at, experience_id, chunk_index, memory_id)
),

blocks as (
    select
        *,
        sum(cast(after_gap as integer)) over (
            partition by waking_day order by event_at, experience_id, chunk_index, memory_id
            rows unbounded preceding
        ) as block
    from spaced
),

-- Then jumps: how far a memory lies from the running episode, the nearest of the three before it. (The mean of the
-- three would still be far away at the second and third memory of what has begun.)
steps as (
    select
        *,
        1 - greatest(
            list_inner_product(vector, lag(vector, 1) over in_block),
            list_inner_product(vector, lag(vector, 2) over in_block),
            list_inner_product(vector, lag(vector, 3) over in_block)
        ) as jump,
        lag(experience_id) over in_block as previous_experience_id
    from blocks
    window in_block as (
        partition by waking_day, block order by event_at, experience_id, chunk_index, memory_id
    )
),

judged_steps as (
    select
        *,
        coalesce(
            experience_id <> previous_experience_id
            and count(jump) over whole_block >= 4
            and round(jump, 9) > round(
                {{ exact_avg("jump", over="whole_block") }}
                + sqrt(greatest(
                    {{ exact_avg("jump * jump", over="whole_block") }}
                    - pow({{ exact_avg("jump", over="whole_block") }}, 2), 0
                )), 9
            ),
            false
        ) as after_jump
    from steps
    window whole_block as (partition by waking_day, block)
),

segments as (
    select
        *,
        sum(cast(after_gap or after_jump as integer)) over (
            partition by waking_day order by event_at, experience_id, chunk_index, memory_id
            rows unbounded preceding
        ) as segment
    from judged_steps
),

-- And last, length.
spans as (
    select
        *,
        floor(
            (epoch(event_at) - epoch(min(event_at) over (partition by waking_day, segment)))
            / (60 * {{ var("episode_span_minutes") }})
        ) as span
    from segments
),

episodes as (
    select
        *,
        {{ stable_uuid("'episode ' || first_value(memory_id) over in_episode") }} as episode_id
    from spans
    window in_episode as (
        partition by waking_day, segment, span order by event_at, experience_id, chunk_index, memory_id
        rows between unbounded preceding and unbounded following
    )
),

-- Who else was active within the hour with a similar goal or about the same thing (Hebbian potential).
coactive as (
    select
        here.memory_id,
        count(*) as coactivations
    from encoded as here
    inner join encoded as there
        on
            here.waking_day = there.waking_day
            and here.experience_id <> there.experience_id
            and abs(epoch(here.event_at) - epoch(there.event_at)) <= 60 * {{ var("coactivation_window_minutes") }}
    where
        here.goal is not null
        and there.goal is not null
        and (
            list_has_any(here.topics, there.topics)
            or {{ similarity("list_inner_product(here.vector, there.vector)") }} >= 0.35
        )
    group by here.memory_id
),

strengthened as (
    select
        episodes.*,
        round(
            episodes.initial_strength
            + (1 - episodes.initial_strength) * coalesce(captured.captured_strength, 0), 12
        ) as encoding_strength,
        coalesce(captured.captured_strength, 0) as captured_strength,
        coalesce(coactive.coactivations, 0) as coactivations,
        -- The trace is handed over when its attention window closes.
        episodes.window_end as entered_stm_at
    from episodes
    left join captured on episodes.memory_id = captured.memory_id
    left join coactive on episodes.memory_id = coactive.memory_id
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
        structure_model as model,
        structure_prompt_version as prompt_version,
        {{ clock("short_term_memory", "beat") }} as beat
    from strengthened
)

select * from final
order by event_at, memory_id
