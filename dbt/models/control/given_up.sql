-- Grain: an input that a task got no valid answer for, too often in a row, under its present contract. A view. A
-- release (a row of kind `released` in control.llm_failures) starts the count anew.
-- Cost: answers that failed, as long as they are kept.
with

releases as (
    select contract, input_hash, max(failed_at) as released_at
    from {{ source("control", "llm_failures") }}
    where kind = 'released'
    group by contract, input_hash
),

final as (
    select
        failures.task,
        failures.contract,
        failures.input_hash,
        count(*) as attempts,
        max_by(failures.request_id, failures.failed_at) as request_id,
        max_by(failures.error, failures.failed_at) as last_error,
        max(failures.failed_at) as failed_at
    from {{ source("control", "llm_failures") }} as failures
    inner join {{ source("control", "answer_contracts") }} as contracts
        on failures.contract = contracts.contract and failures.task = contracts.task
    left join releases
        on failures.contract = releases.contract and failures.input_hash = releases.input_hash
    where
        failures.kind = 'invalid'
        and failures.failed_at > coalesce(releases.released_at, timestamptz '1970-01-01 00:00:00+00')
    group by failures.task, failures.contract, failures.input_hash
    having count(*) >= {{ var("max_retry_attempts") }}
)

select * from final
