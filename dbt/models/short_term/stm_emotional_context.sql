-- Grain: a trace. Feeling on two axes (Russell 1980): arousal strengthens memory whatever its sign; valence is kept to
-- be told, not to weigh. Rebuilt each run.
-- Cost: all traces.
with

traces as (
    select * from {{ ref("stm_traces") }}
),

final as (
    select
        memory_id,
        episode_id,
        event_at,
        arousal,
        valence,
        sentiment,
        case
            when arousal < 0.2 and abs(valence) < 0.2 then 'neutral'
            when arousal >= 0.5 and valence >= 0 then 'excited'
            when arousal >= 0.5 then 'distressed'
            when valence >= 0 then 'content'
            else 'gloomy'
        end as feeling,
        arousal >= {{ var("flashbulb_arousal") }} as is_flashbulb,
        round({{ var("emotional_gain") }} * arousal, 12) as encoding_gain
    from traces
)

select * from final
order by event_at, memory_id
