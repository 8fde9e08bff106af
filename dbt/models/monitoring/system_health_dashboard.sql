-- Grain: a stage. A view: what each stage holds, how strong it is on average, when it was last active, and how many
-- answers were invalid within the last hour. Whether that is well is said once: codex_processed.health, by component.
-- Cost: all traces and all knowledge, which are averaged.
with

failures as (
    select
        task, count(*) as recent_errors, count(distinct error) as error_types
    from {{ source("control", "llm_failures") }}
    where kind = 'invalid' and failed_at > (select max(as_of) from {{ source("control", "clock") }}) - interval 1 hour
    group by task
),

stages as (
    select
        1 as step, 'working_memory' as stage, count(*) as current_count, round(avg(priority), 4) as avg_score,
        (select as_of from {{ source("control", "clock") }} where rhythm = 'working_memory') as last_activity,
        (select sum(recent_errors) from failures where task in ('perceive', 'embedding')) as recent_errors
    from {{ ref("wm_active_attention") }}
    union all
    select
        2, 'short_term', count(*) filter (where in_short_term_memory), round(avg(current_strength), 4),
        (select as_of from {{ source("control", "clock") }} where rhythm = 'short_term_memory'),
        0
    from {{ ref("stm_decay") }}
    union all
    select
        3, 'consolidation', count(*), round(avg(consolidated_strength), 4),
        (select as_of from {{ source("control", "clock") }} where rhythm = 'hippocampal_replay'),
        (select sum(recent_errors) from failures where task = 'pattern_discovery')
    from {{ ref("memory_replay") }}
    union all
    select
        4, 'long_term', count(*), round(avg(retrieval_strength), 4),
        (select as_of from {{ source("control", "clock") }} where rhythm = 'deep_sleep'),
        (select sum(recent_errors) from failures where task = 'semantic_summary')
    from {{ ref("ltm_strength") }}
),

final as (
    select
        stages.step,
        stages.stage,
        stages.current_count,
        stages.avg_score,
        stages.last_activity,
        coalesce(stages.recent_errors, 0) as recent_errors
    from stages
)

select * from final
order by step
