-- Grain: an attended memory of a day to be laid down. Ephemeral: a part of stm_traces. How strongly it is encoded, and
-- how many related memories were active with it.
--
-- Tag and capture: a weak trace near a strong event keeps a share of its strength (Frey & Morris 1997).
-- Cost: the pairs of memories within one waking day, of the days to be laid down.
{{ config(materialized="ephemeral") }}

with

encoded as (
    select * from {{ ref("stm_bindings") }}
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

final as (
    select
        encoded.memory_id,
        round(
            encoded.initial_strength
            + (1 - encoded.initial_strength) * coalesce(captured.captured_strength, 0), 12
        ) as encoding_strength,
        coalesce(captured.captured_strength, 0) as captured_strength,
        coalesce(coactive.coactivations, 0) as coactivations
    from encoded
    left join captured on encoded.memory_id = captured.memory_id
    left join coactive on encoded.memory_id = coactive.memory_id
)

select * from final
