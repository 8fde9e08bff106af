-- Grain: a memory. Rebuildable. The fate of every memory in its attention window: who got one of the 7 ± 2 places
-- (Miller 1956), who was in focus (Cowan 2001), who was not attended, filtered, failed or still waits.
-- Windows tumble over event time, so an outage or a decade loaded at once changes nothing. A window that gained,
-- changed or lost a memory is ranked again as a whole. Chunks of one parent compete as one and share a place.
-- depends_on: {{ ref('stg_codex_store__current_memories') }}
{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        partitioned_by=["year(event_at)"],
        pre_hook=[
            "{% if is_incremental() %}
            delete from {{ this }}
            where
                memory_id in (
                    select memory_id from {{ ref('wm_feature_requests') }} where task = 'perceive'
                )
                or memory_id not in (select memory_id from {{ ref('stg_codex_store__current_memories') }})
            {% endif %}",
        ],
    )
}}

{%- set window_seconds = var("working_memory_window_seconds") %}

with

requests as (
    select * from {{ ref("wm_feature_requests") }} where task = 'perceive'
),

texts_to_embed as (
    select memory_id, input_hash as embedding_hash from {{ ref("wm_feature_requests") }} where task = 'embedding'
),

judged as (
    select
        requests.*,
        texts_to_embed.embedding_hash,
        {{ answer_number("answers.answer", "importance") }} as importance,
        {{ answer_number("answers.answer", "urgency") }} as urgency,
        {{ answer_number("answers.answer", "arousal") }} as arousal,
        {{ answer_number("answers.answer", "valence") }} as valence,
        {{ answer_text("answers.answer", "sentiment") }} as sentiment,
        {{ answer_text("answers.answer", "task_type") }} as task_type,
        {{ answer_list("answers.answer", "people") }} as people,
        {{ answer_list("answers.answer", "organizations") }} as organizations,
        {{ answer_list("answers.answer", "tools") }} as tools,
        {{ answer_list("answers.answer", "places") }} as places,
        {{ answer_list("answers.answer", "topics") }} as topics,
        answers.model,
        answers.prompt_version,
        failures.last_error,
        case
            when requests.filter_reason is not null then 'filtered'
            when answers.answer is not null then 'competing'
            when failures.input_hash is not null then 'failed'
            else 'pending'
        end as standing
    from requests
    left join texts_to_embed on requests.memory_id = texts_to_embed.memory_id
    left join {{ answers("perceive") }} as answers on requests.input_hash = answers.input_hash
    left join {{ failures("perceive") }} as failures on requests.input_hash = failures.input_hash
),

competitors as (
    select
        window_start,
        experience_id,
        min(event_at) as event_at,
        pow(
            0.5,
            (epoch(window_start) + {{ window_seconds }} - epoch(min(event_at))) / {{ var("recency_half_life_seconds") }}
        ) as recency,
        {{ var("attention_weight_importance") }} * max(importance)
        + {{ var("attention_weight_urgency") }} * max(urgency)
        + {{ var("attention_weight_emotion") }} * max(arousal) as salience
    from judged
    where standing = 'competing'
    group by window_start, experience_id
),

ranked as (
    select
        *,
        salience * recency as priority,
        row_number() over (
            partition by window_start
            order by salience * recency desc, event_at desc, experience_id
        ) as rank_in_window,
        -- One capacity a window: the canonical one and up to two places more or less, hashed from the window.
        greatest(
            5,
            least(
                9,
                {{ var("working_memory_capacity") }} - 2
                + cast(floor(5 * {{ uniform("'capacity ' || epoch_us(window_start)") }}) as integer)
            )
        ) as capacity
    from competitors
),

final as (
    select
        judged.memory_id,
        judged.experience_id,
        judged.version_hash,
        judged.event_at,
        judged.created_at,
        judged.window_start,
        judged.window_start + interval {{ window_seconds }} second as window_end,
        judged.importance,
        judged.urgency,
        judged.arousal,
        judged.valence,
        judged.sentiment,
        judged.task_type,
        judged.people,
        judged.organizations,
        judged.tools,
        judged.places,
        judged.topics,
        ranked.recency,
        ranked.priority,
        ranked.capacity,
        ranked.rank_in_window,
        case when ranked.rank_in_window <= ranked.capacity then ranked.rank_in_window end as slot,
        coalesce(ranked.rank_in_window <= {{ var("working_memory_focus") }}, false) as in_focus,
        case
            when judged.standing <> 'competing' then judged.standing
            when ranked.rank_in_window <= ranked.capacity then 'attended'
            else 'unattended'
        end as fate,
        case
            when judged.standing = 'filtered' then judged.filter_reason
            when judged.standing = 'failed' then judged.last_error
            when judged.standing = 'pending' then 'waits for the language model'
            when ranked.rank_in_window > ranked.capacity
                then
                    'rank ' || ranked.rank_in_window || ' in its attention window with room for ' || ranked.capacity
        end as fate_reason,
        judged.embedding_hash,
        judged.model,
        judged.prompt_version,
        {{ clock("working_memory", "beat") }} as beat
    from judged
    left join ranked
        on
            judged.standing = 'competing'
            and judged.window_start = ranked.window_start
            and judged.experience_id = ranked.experience_id
)

select * from final
order by event_at, memory_id
