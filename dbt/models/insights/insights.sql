-- Grain: a memory that is no repeat of an earlier one. Rebuildable. One key insight a memory, minutes after it was
-- saved: the gist that perceiving it gave, attended or not. What was there before stands until the new gist is there;
-- deleted memories take theirs along, and one that repeats an earlier memory gives its own up.
-- Cost: all admissions and all insights are looked through by their keys and gists.
-- depends_on: {{ ref('stg_codex_store__current_memories') }}
-- depends_on: {{ ref('insight_repeats') }}
{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        pre_hook=[
            "{% if is_incremental() %}
            delete from {{ this }}
            where
                (memory_id, version_hash, key_insight, answered_at) not in (
                    select (memory_id, version_hash, gist, answered_at)
                    from {{ ref('wm_admissions') }}
                    where gist is not null
                )
                and memory_id in (select memory_id from {{ ref('wm_admissions') }} where gist is not null)
                or memory_id not in (select memory_id from {{ ref('stg_codex_store__current_memories') }})
                or memory_id in (select memory_id from {{ ref('insight_repeats') }})
            {% endif %}",
        ],
    )
}}

with

perceived as (
    select *
    from {{ ref("wm_admissions") }}
    where
        gist is not null
        and memory_id in (select memory_id from {{ ref("stg_codex_store__current_memories") }})
        and memory_id not in (select memory_id from {{ ref("insight_repeats") }})
        {% if is_incremental() %}
        and memory_id not in (select memory_id from {{ this }})
        {% endif %}
),

final as (
    select
        {{ stable_uuid("'insight ' || memory_id") }} as insight_id,
        memory_id,
        version_hash,
        created_at,
        gist as key_insight,
        gist_kind as insight_type,
        gist_confidence as confidence_score,
        people,
        topics as concepts,
        tools,
        places as locations,
        model,
        prompt_version,
        answered_at,
        {{ clock("insights", "beat") }} as beat
    from perceived
)

select * from final
order by created_at, memory_id
