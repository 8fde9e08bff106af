-- Every memory that the source holds is accounted for exactly once.
with

counted as (
    select
        (select count(*) from {{ ref("stg_codex_store__current_memories") }}) as memories,
        (select count(*) from {{ ref("processing_state") }}) as accounted,
        (select count(distinct memory_id) from {{ ref("processing_state") }}) as distinct_accounted
)

select * from counted
where memories <> accounted or accounted <> distinct_accounted
