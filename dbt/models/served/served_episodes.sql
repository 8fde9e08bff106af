-- Grain: an episode. A view, published as codex_processed.episodes.
-- Cost: all episodes.
with

episodes as (
    select * from {{ ref("stm_episode_formation") }}
),

-- Headline and goal are of an episode's strongest traces: the model that structured those.
structured as (
    select episode_id, max(model) as model, max(prompt_version) as prompt_version
    from {{ ref("stm_traces") }}
    group by episode_id
),

final as (
    select
        episodes.episode_id as id,
        episodes.started_at,
        episodes.ended_at,
        episodes.memory_ids,
        episodes.headline,
        episodes.goal,
        episodes.people,
        episodes.places,
        episodes.topics,
        episodes.peak_arousal,
        episodes.mean_valence,
        episodes.peak_strength,
        structured.model,
        structured.prompt_version
    from episodes
    left join structured on episodes.episode_id = structured.episode_id
)

select * from final
