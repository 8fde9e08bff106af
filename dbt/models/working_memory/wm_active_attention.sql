-- Grain: a memory in mind now, at most nine: the attended ones of the latest window that is not yet a window's length
-- past, as of the working memory's clock. A view: it empties by itself.
-- Cost: admissions, by their windows.
{{ config(materialized="view") }}

with

attended as (
    select *
    from {{ ref("wm_admissions") }}
    where
        fate = 'attended'
        and window_start <= {{ clock("working_memory") }}
        and window_end > {{ clock("working_memory") }} - interval {{ var("working_memory_window_seconds") }} second
),

final as (
    select memory_id, experience_id, event_at, window_start, slot, in_focus, priority, importance, urgency, arousal
    from attended
    qualify window_start = max(window_start) over ()
)

select * from final
order by slot, event_at, memory_id
