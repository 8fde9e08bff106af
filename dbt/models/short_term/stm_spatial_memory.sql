-- Grain: (memory, place). Where something was, seen from the person (egocentric), on the map (allocentric) or in a
-- virtual space (O'Keefe & Nadel 1978). Rebuilt each run.
-- Cost: all traces.
with

traces as (
    select * from {{ ref("stm_traces") }}
),

named_places as (
    select memory_id, episode_id, event_at, place, place_frame from traces where place is not null
    union all
    select memory_id, episode_id, event_at, unnest(places) as place, 'allocentric' as place_frame from traces
),

final as (
    select
        memory_id,
        lower(trim(place)) as place_key,
        min(place) as place,
        min_by(place_frame, case place_frame when 'egocentric' then 1 when 'allocentric' then 2 else 3 end)
            as place_frame,
        min(episode_id) as episode_id,
        min(event_at) as event_at
    from named_places
    group by memory_id, lower(trim(place))
)

select * from final
order by event_at, memory_id, place_key
