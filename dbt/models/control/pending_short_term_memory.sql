-- Grain: one row: how much waits for short-term memory: attended memories without a trace of their present text, and
-- traces of what is attended no more. A view; control.pending has all rhythms.
-- Cost: attended memories and traces, by their keys.
with

attended as (
    select memory_id, version_hash from {{ ref("wm_admissions") }} where fate = 'attended'
),

questions as (
    select 1 as place, count(*) as waiting, 'attended memories have no trace' as what
    from attended
    full join {{ ref("stm_traces") }} as traces
        on attended.memory_id = traces.memory_id and attended.version_hash = traces.version_hash
    where attended.memory_id is null or traces.memory_id is null
),

final as (
    {{ first_that_waits("short_term_memory") }}
)

select * from final
