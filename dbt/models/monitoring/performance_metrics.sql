-- Grain: (day, task). A view: what the language model was asked and what it cost.
-- Cost: calls of the language model, as long as they are kept.
select
    cast(called_at as date) as day,
    task,
    model,
    count(*) filter (where outcome <> 'sent_back') as questions,
    count(*) filter (where outcome = 'hit') as cache_hits,
    count(*) filter (where outcome in ('answered', 'repaired')) as answers,
    count(*) filter (where outcome = 'repaired') as repaired,
    count(*) filter (where outcome = 'invalid') as invalid,
    round(quantile_cont(latency_ms, 0.5) filter (where outcome <> 'hit'), 1) as p50_latency_ms,
    round(quantile_cont(latency_ms, 0.95) filter (where outcome <> 'hit'), 1) as p95_latency_ms,
    coalesce(sum(prompt_tokens), 0) as prompt_tokens,
    coalesce(sum(answer_tokens), 0) as answer_tokens
from {{ source("control", "llm_calls") }}
group by all
order by day desc, task asc
