-- Grain: a check of what the model made of memories. A view: how many results fail it, and a few of them.
-- Cost: all knowledge, by its texts.
with

gists as (
    select memory_id, semantic_gist, insights, patterns from {{ ref("ltm_semantic_network") }}
),

checks as (
    select
        'gist names a day or a date' as check_name,
        memory_id
    from gists
    where
        regexp_matches(
            semantic_gist, '(\d{4}-\d{2}-\d{2}|\b(Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b)'
        )
    union all
    select 'gist is too detailed', memory_id from gists where length(semantic_gist) > 500
    union all
    select 'gist is too brief', memory_id from gists where length(semantic_gist) < 20
    union all
    select 'strong memory without patterns or insights', gists.memory_id
    from gists
    inner join {{ ref("memory_replay") }} as replay on gists.memory_id = replay.memory_id
    where replay.consolidated_strength > 0.8 and len(gists.patterns) + len(gists.insights) = 0
),

names as (
    select unnest([
        'gist names a day or a date', 'gist is too detailed', 'gist is too brief',
        'strong memory without patterns or insights'
    ]) as check_name
),

final as (
    select
        names.check_name,
        count(checks.memory_id) as failure_count,
        coalesce(
            (list(checks.memory_id order by checks.memory_id) filter (where checks.memory_id is not null))[1:5], []
        ) as sample_ids
    from names
    left join checks on names.check_name = checks.check_name
    group by names.check_name
)

select * from final
order by check_name
