"""Grain: a knowledge item. Rebuilt each run.

Columns of the cortex are clusters of embeddings: a macrocolumn holds minicolumns, a minicolumn alike knowledge, and
within it the strongest comes first (Mountcastle 1997, as a picture of organisation). Ids nest: `03.02` lies in `03`.
Deterministic: items are put in order first, and the clustering starts from a fixed seed.

Cost: all knowledge, by its vectors.
"""


def model(dbt, session):
    """Return one row an item: macrocolumn, minicolumn, rank within it, cosine to the minicolumn's centre."""
    dbt.config(materialized="table")
    import json

    import numpy as np

    from include.dbt_project.cortical_columns import cortical_columns

    network = dbt.ref("ltm_semantic_network")
    strengths = dbt.ref("ltm_strength")
    traces = dbt.ref("stm_traces")
    embeddings = dbt.source("control", "embeddings")
    contracts = dbt.source("control", "answer_contracts")

    items = session.query(
        """
        select cast(network.memory_id as varchar) as memory_id, embeddings.vector, strengths.retrieval_strength
        from network
        inner join strengths on network.memory_id = strengths.memory_id
        inner join traces on network.memory_id = traces.memory_id
        inner join embeddings on traces.embedding_hash = embeddings.input_hash
        inner join contracts on embeddings.contract = contracts.contract and contracts.task = 'embedding'
        where not strengths.is_archived
        order by network.memory_id
        """
    ).fetchnumpy()

    memory_ids = [str(memory_id) for memory_id in items["memory_id"]]
    vectors = np.stack(items["vector"]) if memory_ids else np.empty((0, 1), dtype=np.float32)
    columns = cortical_columns(vectors, np.asarray(items["retrieval_strength"], dtype=float))
    # As one value: DuckDB takes longer to look at Python values one by one than the clustering takes.
    session.execute(
        """
        create or replace temp table cortical_columns as
        with given as (
            select unnest(from_json(?::json, '[["VARCHAR"]]')) as found
        )
        select
            cast(found[1] as uuid) as memory_id, found[2] as macrocolumn_id, found[3] as minicolumn_id,
            cast(found[4] as integer) as column_rank, cast(found[5] as double) as centrality
        from given
        """,
        [json.dumps([[memory_id, *column] for memory_id, column in zip(memory_ids, columns, strict=True)])],
    )
    return session.table("cortical_columns")
