-- Grain: a pair that was asked about, with what came of it. Ephemeral: a part of rem_choices and creative_insights.
-- Cost: pairs without an answer, at most three a night.
{{ config(materialized="ephemeral") }}

select
    requests.memory_a,
    requests.memory_b,
    requests.concerned_id,
    requests.other_id,
    requests.night,
    requests.open_point,
    requests.input_hash,
    {{ answer_text("answers.answer", "connection") }} as connection,
    {{ answer_text("answers.answer", "shared_theme") }} as shared_theme,
    {{ answer_number("answers.answer", "plausibility") }} as plausibility,
    {{ answer_number("answers.answer", "novelty") }} as novelty,
    coalesce(connection is not null and length(connection) > 50 and plausibility >= 0.3, false) as is_draft,
    answers.model,
    answers.prompt_version
from {{ ref("rem_requests") }} as requests
inner join {{ answers("dream") }} as answers on requests.input_hash = answers.input_hash
