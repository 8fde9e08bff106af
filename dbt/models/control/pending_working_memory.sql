-- Grain: one row: how much waits for working memory, and what. A view; control.pending has all rhythms.
-- Cost: all memories, by their keys.
with

asking as (
    select * from {{ ref("asking") }} where rhythm = 'working_memory'
),

known as (
    select count(*) as memories, max(updated_at) as latest
    from {{ ref("stg_codex_store__memories") }}
    where is_current and not is_deleted
),

-- Any difference is one to look at; a change of a row leaves the number of rows as it was.
unperceived as (
    select
        case
            when
                news.memories <> known.memories or (news.is_dated and news.latest is distinct from known.latest)
                then greatest(1, abs(news.memories - known.memories))
            else 0
        end as waiting
    from {{ ref("store_news") }} as news
    cross join known
),

undecided as (
    select count(*) as waiting
    from {{ ref("processing_state") }} as state
    cross join asking
    where state.status = 'pending' and state.event_at <= asking.as_of
),

without_vector as (
    select count(*) as waiting
    from {{ ref("wm_admissions") }} as admissions
    left join {{ embeddings() }} as embeddings on admissions.embedding_hash = embeddings.input_hash
    left join {{ failures("embedding") }} as failures on admissions.embedding_hash = failures.input_hash
    where admissions.embedding_hash is not null and embeddings.input_hash is null and failures.input_hash is null
),

questions as (
    select 1 as place, waiting, 'memories are new, changed or gone' as what from unperceived
    union all
    select 2 as place, waiting, 'memories wait for attention' as what from undecided
    union all
    select 3 as place, waiting, 'memories have no vector of the present model' as what from without_vector
),

final as (
    {{ first_that_waits("working_memory") }}
)

select * from final
