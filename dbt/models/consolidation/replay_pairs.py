"""Grain: (a new trace, a trace of which one may be among the nearest of the other). Rebuilt each run; mostly empty.

A first look at many pairs at once: where years come in one load, `replay_neighbours` compares only what this has found.
Of few pairs nothing is found, and all are compared there. Both ways give the same neighbours.
Cost: new traces times all traces, by their vectors, in blocks; where these are few pairs, keys alone are counted.
"""


def model(dbt, session):
    """Return the pairs that may matter, or none where it is as well to compare all."""
    dbt.config(materialized="table")
    import json

    import numpy as np

    from include.dbt_project import nearest

    lists = dbt.ref("neighbour_lists")
    embeddings = dbt.source("control", "embeddings")
    contracts = dbt.source("control", "answer_contracts")

    [(new, count)] = session.query("select count(*) filter (where is_new), count(*) from lists").fetchall()
    ones = others = []
    if new * count >= nearest.WORTH_IT:
        rows = session.query(
            """
            select
                cast(lists.memory_id as varchar) as memory_id, lists.is_new, lists.wanted, embeddings.vector,
                case
                    when lists.is_new then cast('inf' as float)
                    else coalesce(lists.least_cosine, cast('-inf' as float))
                end as least
            from lists
            inner join embeddings on lists.embedding_hash = embeddings.input_hash
            inner join contracts on embeddings.contract = contracts.contract and contracts.task = 'embedding'
            order by lists.memory_id
            """
        ).fetchnumpy()
        ids = rows["memory_id"]
        vectors = np.stack(rows.pop("vector")).astype(np.float32, copy=False)
        least = np.asarray(rows["least"], dtype=np.float32)
        found = nearest.likely_nearest(np.flatnonzero(rows["is_new"]), vectors, least, int(rows["wanted"][0]))
        ones, others = ([str(ids[row]) for row in side] for side in found)
    # As one value: DuckDB takes longer to look at Python values one by one than to read them as JSON.
    session.execute(
        """
        create or replace temp table replay_pairs_now as
        select
            cast(unnest(from_json(?::json, '["VARCHAR"]')) as uuid) as memory_id,
            cast(unnest(from_json(?::json, '["VARCHAR"]')) as uuid) as partner_id
        """,
        [json.dumps(ones), json.dumps(others)],
    )
    return session.table("replay_pairs_now")
