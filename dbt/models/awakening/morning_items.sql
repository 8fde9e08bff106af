-- Grain: (morning, something that it tells). Ledger: a morning that is written again replaces its rows; what an earlier
-- morning told is not told again; what rests on deleted memories alone goes. Each kind has so many places; the rest
-- waits for another morning, or is never told.
-- Cost: as of its parts, and it grows with what was ever told.
-- depends_on: {{ ref('stg_codex_store__current_memories') }}
{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        full_refresh=false,
        pre_hook=[
            "{% if is_incremental() %}
            delete from {{ this }}
            where
                morning = {{ this_morning() }}
                or item_key in (
                    select told.item_key
                    from (select item_key, unnest(memory_ids) as memory_id from {{ this }}) as told
                    left join {{ ref('stg_codex_store__current_memories') }} as memories
                        on told.memory_id = memories.memory_id
                    group by told.item_key
                    having count(memories.memory_id) = 0
                )
            {% endif %}",
        ],
    )
}}

{%- set sections = [
    ("due", 50), ("late", 5), ("clash", 5), ("thread", 3), ("changed", 2), ("question", 1), ("dream", 1),
    ("fading", 1), ("health", 1),
] %}

with

candidates as (
    select * from {{ ref("morning_due") }}
    union all
    select * from {{ ref("morning_news") }}
),

told_before as (
    {% if is_incremental() %}
    select item_key from {{ this }} where morning < {{ this_morning() }}
    {% else %}
    select cast(null as varchar) as item_key where false
    {% endif %}
),

sections as (
    {% for kind, places in sections %}
    select '{{ kind }}' as kind, {{ loop.index }} as section, {{ places }} as places {{ "union all" if not loop.last }}
    {% endfor %}
),

numbered as (
    select
        candidates.*,
        sections.section,
        sections.places,
        row_number() over (
            partition by candidates.kind order by candidates.place, candidates.item_key
        ) as nth
    from candidates
    inner join sections on candidates.kind = sections.kind
    where
        candidates.item_key not in (select told_before.item_key from told_before)
        and length(trim(candidates.text)) > 0
),

final as (
    select
        {{ this_morning() }} as morning,
        item_key,
        kind,
        cast(row_number() over (order by section, nth) as integer) as place,
        text,
        cast(detail as varchar) as detail,
        memory_ids,
        {{ clock("awakening") }} as told_at,
        {{ clock("awakening", "beat") }} as beat
    from numbered
    where nth <= places and {{ this_morning() }} is not null
)

select * from final
order by place
