"""The owner's corrections in the lake, where models read them: the same rows as `codex_processed.corrections`."""

from __future__ import annotations

from include.lake.connection import Lake

COLUMNS = (
    *("correction_id", "made_at", "made_by", "kind", "item_id", "verb", "word"),
    *("is_taken_back", "comment", "said", "memory_ids"),
)
_LOCK = 0xC0DE_C033
"""Of the store's advisory locks, the one that whoever copies corrections takes."""
_NEW = f"""
    SELECT {", ".join(COLUMNS)} FROM codex_processed.corrections WHERE correction_id > %s ORDER BY correction_id
"""  # noqa: S608 - names of our own columns


def read_corrections(lake: Lake) -> int:
    """Copy the corrections that the lake does not hold yet; returns how many. Each run of a rhythm begins with it."""
    with lake.locked(_LOCK), lake.connect(threads=1) as connection:
        [(known,)] = connection.execute("select coalesce(max(correction_id), 0) from control.corrections").fetchall()
        rows = lake.store_rows(_NEW, [known])
        if rows:
            marks = ", ".join("?" for _ in COLUMNS)
            connection.executemany(f"insert into control.corrections values ({marks})", rows)  # noqa: S608 - no values
    return len(rows)
