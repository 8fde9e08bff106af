-- Grain: a thread as it was told last. Rebuildable as far as answers are kept. What was told stands until the new
-- answer is there. A thread goes when a memory is gone that its telling was made of, or when it has ended; one that
-- merged into another stays as it was last told.
-- Cost: what is told anew; and all threads' lists of memories, to see whether they are there.
-- depends_on: {{ ref('thread_notes') }}, {{ ref('thread_places') }}, {{ ref('thread_events') }}
{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        pre_hook=[
            "{% if is_incremental() %}
            delete from {{ this }}
            where
                thread_id in (
                    select thread_id from {{ ref('thread_requests') }}
                    where input_hash in (select input_hash from {{ answers('thread') }})
                )
                or thread_id in (
                    select thread_id
                    from (select thread_id, unnest(made_of) as memory_id from {{ this }})
                    where memory_id not in (select memory_id from {{ ref('thread_notes') }})
                )
                or thread_id in (
                    select events.thread_id
                    from {{ ref('thread_events') }} as events
                    where
                        events.event = 'ended'
                        and events.thread_id not in (
                            select thread_id from {{ ref('thread_places') }} where thread_id is not null
                        )
                )
            {% endif %}",
        ],
    )
}}

with

answered as (
    select requests.*, answers.answer, answers.model, answers.prompt_version
    from {{ ref("thread_requests") }} as requests
    inner join {{ answers("thread") }} as answers on requests.input_hash = answers.input_hash
),

final as (
    select
        answered.thread_id,
        {{ answer_text("answered.answer", "title") }} as title,
        {{ cited("answered.answer", "story", "answered.memory_ids") }} as story,
        {{ cited("answered.answer", "recurs", "answered.memory_ids") }} as recurs,
        {{ cited("answered.answer", "changed", "answered.memory_ids") }} as changed,
        {{ cited("answered.answer", "open", "answered.memory_ids") }} as open,
        {{ cited("answered.answer", "next", "answered.memory_ids") }} as next,
        case
            when json_extract_string(answered.answer, '$.sentence.text') is not null
                then cast(to_json({
                    text: json_extract_string(answered.answer, '$.sentence.text'),
                    memory_ids: {{
                        noted(
                            "from_json(json_extract(answered.answer, '$.sentence.notes'), '[\"INTEGER\"]')",
                            "answered.memory_ids"
                        )
                    }}
                }) as varchar)
        end as sentence,
        answered.memory_ids,
        answered.made_of,
        answered.note_keys,
        answered.notes_hash,
        {{ clock("deep_sleep", "as_of") }} as told_at,
        answered.model,
        answered.prompt_version,
        {{ clock("deep_sleep", "beat") }} as beat
    from answered
)

select * from final
order by thread_id
