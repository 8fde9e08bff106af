-- Grain: a version of a memory. Not rebuildable: it remembers what the source forgot (earlier texts, deleted rows).
-- Read incrementally: only rows whose updated_at is near or after the last one seen are fetched and compared by a
-- hash of their text; ids are compared as a whole only when the counts say that rows vanished. Both is found out
-- before, as variables of the session, so that what is compiled holds for any state of the source. With
-- `source_is_read_whole` all is compared each time.
-- Cost: rows written since the last run; where rows vanished, all rows of the source by their ids.
-- noqa: disable=LT02
{{
    config(
        materialized="incremental",
        incremental_strategy="delete+insert",
        unique_key=["memory_id", "version_no"],
        full_refresh=false,
        partitioned_by=["year(created_at)"],
        pre_hook=[
            "set variable source_since = {% if is_incremental() and source_has('updated_at') %} (
                -- What claims to be written in the future is read each time, and hides nothing that is written now.
                select max(updated_at) - interval 10 minute from {{ this }}
                where is_current and updated_at <= {{ clock('working_memory') }}
            ) {% else %} null {% endif %}",
            "set variable rows_vanished = {% if is_incremental() %} (
                select
                    (select count(*) from {{ remembered_source() }})
                    - (select count(*) from {{ this }} where is_current and not is_deleted)
                    - (
                        select count(*) from {{ remembered_source() }}
                        where
                            {% if source_has('updated_at') %}
                            (getvariable('source_since') is null or updated_at >= getvariable('source_since')) and
                            {% endif %}
                            cast(id as uuid) not in (
                                select memory_id from {{ this }} where is_current and not is_deleted
                            )
                    ) <> 0
            ) {% else %} false {% endif %}"
        ],
    )
}}

{%- set is_read_whole = var("source_is_read_whole", false) -%}
{%- set since = "getvariable('source_since')" if is_incremental() and source_has("updated_at") and not is_read_whole %}

with

source_rows as (
    select *
    from ({{ source_memories(since or none) }})
    qualify row_number() over (partition by memory_id order by updated_at desc nulls last, created_at desc) = 1
),

fingerprinted as (
    select
        *,
        md5(
            cast(
                to_json([
                    content, context, summary, cast(tags as varchar), metadata,
                    cast(chunk_index as varchar), cast(total_chunks as varchar), cast(parent_id as varchar),
                    cast(epoch_us(created_at) as varchar)
                ]) as varchar
            )
        ) as version_hash
    from source_rows
),

known as (
    {% if is_incremental() %}
    select * from {{ this }} where is_current
    {% else %}
    select
        *, 0 as version_no, true as is_current, false as is_deleted, cast(0 as bigint) as beat
    from fingerprinted
    where false
    {% endif %}
),

arrived as (
    select
        fingerprinted.*,
        coalesce(known.version_no, 0) + 1 as version_no,
        true as is_current,
        false as is_deleted
    from fingerprinted
    left join known on fingerprinted.memory_id = known.memory_id
    where known.memory_id is null or known.is_deleted or known.version_hash <> fingerprinted.version_hash
),

vanished as (
    select
        known.memory_id, known.content, known.context, known.summary, known.metadata, known.tags, known.chunk_index,
        known.total_chunks, known.parent_id, known.updated_at, known.created_at, known.version_hash,
        known.version_no + 1 as version_no,
        true as is_current,
        true as is_deleted,
        known.unusable_reason
    from known
    where
        {{ "true" if is_read_whole else "getvariable('rows_vanished')" }}
        and not known.is_deleted
        and known.memory_id not in (select cast(id as uuid) from {{ remembered_source() }})
),

current_versions as (
    select * from arrived
    union all by name
    select * from vanished
),

superseded as (
    select known.* exclude (is_current, beat), false as is_current, known.beat
    from known
    inner join current_versions on known.memory_id = current_versions.memory_id
),

final as (
    select *, {{ clock("working_memory", "beat") }} as beat from current_versions
    union all by name
    select * from superseded
)

select
    memory_id, version_no, version_hash, is_current, is_deleted, content, context, summary, metadata, tags,
    chunk_index, total_chunks, parent_id, created_at, updated_at, beat, unusable_reason
from final
