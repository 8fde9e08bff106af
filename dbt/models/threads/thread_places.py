"""Grain: a memory that may be in a thread. Rebuilt where threads are due and a memory is new, changed or gone.

A thread is a schema: a stable group of memories that a new one is assimilated to (Bartlett 1932, Tse 2007). Memories
are put in order first and the clustering starts from a fixed seed, so the same memories give the same threads; a thread
keeps its id while it shares most of its members with the night before. Looked at are the latest 10,000 memories; older
ones stay in their thread. Where nothing is to be looked at, all former rows stay.
Cost: all words of the latest 10,000 memories, and for each word how many of them hold it; all memories, by their keys.
"""


def model(dbt, session):
    """Return one row a memory: its thread or none, how sure, its language, and as of when it was placed."""
    dbt.config(materialized="table")
    import json

    from include.threads.placement import MOST, Note, place

    notes = dbt.ref("thread_notes")
    before = dbt.ref("thread_before")
    due = dbt.ref("threads_due")
    links = dbt.ref("memory_associations")
    clocks = dbt.source("control", "clock")
    embeddings = dbt.source("control", "embeddings")
    contracts = dbt.source("control", "answer_contracts")

    [(is_due, zone, as_of, changed)] = session.query(
        """
        select
            coalesce((select bool_or(is_due) from due), false),
            coalesce((select max(zone) from clocks where rhythm = 'deep_sleep'), 'UTC'),
            (select cast(max(as_of) as varchar) from clocks where rhythm = 'deep_sleep'),
            (
                select count(*)
                from notes as now
                full join (select * from before where note_key is not null) as placed
                    on now.memory_id = placed.memory_id and now.note_key = placed.note_key
                where now.memory_id is null or placed.memory_id is null
            )
        """
    ).fetchall()
    if not (is_due and changed):
        return session.query(
            """
            select
                before.memory_id, before.note_key, before.placed_in as thread_id, before.evidence, before.language,
                before.placed_at
            from before
            inner join notes as now on before.memory_id = now.memory_id
            where before.note_key is not null
            order by before.memory_id
            """
        )
    latest = notes.order("event_at desc, memory_id desc").limit(MOST).project("memory_id")
    rows = session.query(
        """
        select
            cast(now.memory_id as varchar), epoch_us(now.event_at), left(now.text, 2000), now.cues, now.stream,
            now.note_key, vectors.vector, cast(before.thread_id as varchar), cast(before.born_at as varchar)
        from notes as now
        left join before on now.memory_id = before.memory_id
        left join (
            select embeddings.input_hash, embeddings.vector
            from embeddings
            inner join contracts on embeddings.contract = contracts.contract
            where contracts.task = 'embedding'
        ) as vectors on now.embedding_hash = vectors.input_hash
        where now.memory_id in (select memory_id from latest)
        order by now.event_at, now.memory_id
        """
    ).fetchnumpy()
    older = session.query(
        """
        select
            cast(now.memory_id as varchar), now.note_key, cast(before.thread_id as varchar),
            case when before.thread_id is null then 0.0 else coalesce(before.evidence, 0.0) end,
            coalesce(before.language, 'English')
        from notes as now
        left join before on now.memory_id = before.memory_id
        where now.memory_id not in (select memory_id from latest)
        order by now.memory_id
        """
    ).fetchall()
    known = session.query(
        """
        select cast(memory_a as varchar), cast(memory_b as varchar), least(effective_weight, 1.0)
        from links
        where
            not is_dream_only
            and memory_a in (select memory_id from latest)
            and memory_b in (select memory_id from latest)
        order by memory_a, memory_b
        """
    ).fetchall()
    [likeness] = session.query(
        """
        select coalesce(max(cosine_floor), 0.0), coalesce(max(cosine_ceiling), 1.0)
        from contracts
        where task = 'embedding'
        """
    ).fetchall()
    columns = [rows[name] for name in rows]
    given = [Note(*values) for values in zip(*columns, strict=True)]
    elsewhere = {thread_id for _, _, thread_id, _, _ in older if thread_id}
    found = place(given, known, likeness_range=likeness, zone=zone, elsewhere=elsewhere)
    rows = [[each.memory_id, each.note_key, each.thread_id, each.evidence, each.language] for each in found]
    rows += [list(row) for row in older]
    # As one value: DuckDB takes longer to look at Python values one by one than to read them as JSON.
    session.execute(
        """
        create or replace temp table thread_places_now as
        with given as (
            select unnest(from_json(?::json, '[["VARCHAR"]]')) as found
        )
        select
            cast(found[1] as uuid) as memory_id, found[2] as note_key, cast(found[3] as uuid) as thread_id,
            cast(found[4] as double) as evidence, found[5] as language, cast(? as timestamptz) as placed_at
        from given
        """,
        [json.dumps(rows), as_of],
    )
    return session.table("thread_places_now")
