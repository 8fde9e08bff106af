-- Grain: one row: what the store holds that the lake may not know of, as whoever asks has found it there (the session's
-- variable `store_news`, JSON, include/store/news.py); null where nobody looked. A view. PostgreSQL counts by its own
-- indexes; to read its tables from here would copy them at each beat.
-- Cost: nothing: what the session tells.
with

told as (
    select
        from_json(
            coalesce(cast(getvariable('store_news') as varchar), '{}'),
            '{
                "memories": "bigint", "latest": "timestamptz", "is_dated": "boolean", "recalls": "bigint",
                "publications": "bigint"
            }'
        ) as news
),

final as (
    select unnest(news) from told
)

select * from final
