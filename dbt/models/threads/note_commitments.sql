-- Grain: (memory, place among its commitments): what a note binds its owner, or somebody towards them, to do.
-- Rebuildable from the answers. Only what was perceived anew is read: a beat costs what is new, not what is stored.
-- Prospective memory begins with an intention and its time (Einstein & McDaniel 1990).
-- Cost: memories perceived anew; all commitments are looked through by their keys.
-- depends_on: {{ ref('stg_codex_store__current_memories') }}
{{
    config(
        materialized="incremental",
        incremental_strategy="append",
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

{%- set shape = (
    '[{"phrase": "varchar", "what": "varchar", "who": "varchar", "to_whom": "varchar", "due": "varchar", '
    ~ '"due_time": "varchar", "kind": "varchar"}]'
) %}

with

perceived as (
    select
        requests.memory_id,
        requests.version_hash,
        requests.event_at,
        answers.model,
        answers.prompt_version,
        from_json(json_extract(answers.answer, '$.commitments'), '{{ shape }}') as commitments
    from {{ ref("wm_feature_requests") }} as requests
    inner join {{ answers("perceive") }} as answers on requests.input_hash = answers.input_hash
    where requests.task = 'perceive'
),

listed as (
    select
        * exclude (commitments),
        unnest(commitments) as commitment,
        generate_subscripts(commitments, 1) as place
    from perceived
),

read as (
    select
        listed.memory_id,
        listed.version_hash,
        listed.event_at,
        listed.place,
        listed.commitment.phrase,
        listed.commitment.what,
        listed.commitment.kind,
        listed.model,
        listed.prompt_version,
        case
            when lower(trim(listed.commitment.who)) in ('i', 'me', 'myself', 'owner', 'the owner', 'ich', 'mir', 'mich')
                then 'me'
            else trim(listed.commitment.who)
        end as who,
        case
            when
                lower(trim(listed.commitment.to_whom))
                in ('i', 'me', 'myself', 'owner', 'the owner', 'ich', 'mir', 'mich')
                then 'me'
            else nullif(trim(listed.commitment.to_whom), '')
        end as to_whom,
        try_cast(listed.commitment.due as date) as due_date,
        try_cast(listed.commitment.due_time as time) as due_time
    from listed
),

final as (
    select
        {{ stable_uuid("'commitment ' || memory_id || '/' || place") }} as commitment_id,
        memory_id,
        version_hash,
        event_at,
        place,
        phrase,
        what,
        who,
        case when to_whom = 'me' and who = 'me' then null else to_whom end as to_whom,
        due_date,
        case
            when due_date is not null and due_time is not null
                then timezone({{ clock("working_memory", "zone") }}, due_date + due_time)
        end as due_at,
        kind,
        model,
        prompt_version,
        -- Changes with whatever a reader would see.
        md5_number_lower(
            concat_ws(
                '|', memory_id, place, version_hash, phrase, what, who, to_whom, due_date, due_time, kind, model,
                prompt_version
            )
        ) as content_key
    from read
)

select * from final
order by event_at, memory_id, place
