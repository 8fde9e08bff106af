-- Grain: an episode, an experience with a beginning and an end of at most 30 minutes (Zacks 2007). Rebuilt each run.
-- Cost: all traces.
with

traces as (
    select * from {{ ref("stm_traces") }}
),

formed as (
    select
        episode_id,
        waking_day,
        min(event_at) as started_at,
        max(event_at) as ended_at,
        count(*) as memories,
        list(memory_id order by event_at, memory_id) as memory_ids,
        first(gist order by encoding_strength desc, event_at asc, memory_id asc) as gist,
        first(goal order by encoding_strength desc, event_at asc, memory_id asc) filter (
            where goal is not null
        ) as goal,
        list_sort(list_distinct(flatten(list(people)))) as people,
        coalesce(list_sort(list_distinct(list(place) filter (where place is not null))), []) as places,
        list_sort(list_distinct(flatten(list(topics)))) as topics,
        max(arousal) as peak_arousal,
        round({{ exact_avg("valence") }}, 9) as mean_valence,
        max(encoding_strength) as peak_strength,
        round({{ exact_avg("encoding_strength") }}, 9) as mean_strength
    from traces
    group by episode_id, waking_day
),

-- A headline is the first sentence of the strongest memory's gist, which may end in mid-word; else all of a gist that
-- is short, else the goal; else the gist as far as its words are whole.
final as (
    select
        * exclude (gist),
        coalesce(
            nullif(regexp_extract(gist, '^(.{12,}?[.!?…]["”’)]*)(\s|$)', 1), ''),
            case when length(gist) < 200 then gist end,
            goal,
            nullif(regexp_extract(left(gist, 200), '^(.*\S)\s', 1) || ' …', ' …'),
            gist
        ) as headline
    from formed
)

select * from final
order by started_at, episode_id
