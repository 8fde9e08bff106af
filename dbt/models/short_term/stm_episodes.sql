-- Grain: an attended memory of a day to be laid down. Ephemeral: a part of stm_traces. The episode it belongs to.
--
-- Episodes end at a gap, at a jump in meaning (mean + 1 sd of the block's jumps), and after 30 minutes (Zacks 2007).
-- Cost: the memories of the days to be laid down, each compared with the three before it.
{{ config(materialized="ephemeral") }}

with

-- Gaps first.
spaced as (
    select
        memory_id,
        experience_id,
        waking_day,
        event_at,
        chunk_index,
        vector,
        coalesce(
            epoch(event_at) - epoch(lag(event_at) over in_day) > 60 * {{ var("episode_gap_minutes") }}, true
        ) as after_gap
    from {{ ref("stm_bindings") }}
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

final as (
    select
        memory_id,
        {{ stable_uuid("'episode ' || first_value(memory_id) over in_episode") }} as episode_id
    from spans
    window in_episode as (
        partition by waking_day, segment, span order by event_at, experience_id, chunk_index, memory_id
        rows between unbounded preceding and unbounded following
    )
)

select * from final
