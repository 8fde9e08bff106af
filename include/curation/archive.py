"""The archive: memories that could hardly be recalled any more, and bringing them back (homeostasis.pruned)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import duckdb

from include.errors import CodexError
from include.lake.connection import Lake
from include.reading.journey import identified
from include.store.connection import connect

READER = "restore"
"""The reader of the recall by which a memory is brought back."""

_ARCHIVED = """
    select
        pruned.memory_id,
        max(pruned.pruned_at) as archived_at,
        arg_max(pruned.remaining, pruned.pruned_at) as remaining,
        coalesce(any_value(memories.summary), left(regexp_replace(any_value(memories.content), '\\s+', ' ', 'g'), 100))
            as title
    from homeostasis.pruned as pruned
    inner join staging.stg_codex_store__current_memories as memories on pruned.memory_id = memories.memory_id
    where pruned.kind = 'memory' and pruned.restored_at is null
    group by pruned.memory_id
    order by archived_at desc, pruned.memory_id
"""


@dataclass(frozen=True)
class Archived:
    """A memory in the archive: when it was archived, how well it could be recalled then (0 … 1), how it begins."""

    memory_id: UUID
    archived_at: datetime
    retrievability: float
    title: str

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        return dict(vars(self))


def archived(lake: Lake) -> list[Archived]:
    """The memories in the archive, the latest first."""
    with lake.connect(threads=2) as connection:
        return [Archived(*row) for row in connection.execute(_ARCHIVED).fetchall()]


def restore(lake: Lake, wanted: Sequence[str], *, at: datetime | None = None) -> list[Archived]:
    """Bring archived memories back, by their ids or the beginnings of ids; all of them or none. Returns what they were.

    The tombstone stays, marked. To be brought back is to be recalled: it counts as a retrieval at `at` (default: now),
    so the memory can be recalled again, and is not archived anew. Search finds it at once; strength, columns and
    replay follow with the next runs, whose gates see it.
    Raises CodexError for an id that names no memory, or one that is not archived.
    """
    instant = at or datetime.now(UTC)
    with lake.connect(store=True) as connection:
        ids = list(dict.fromkeys(identified(connection, text) for text in wanted))
    known = {entry.memory_id: entry for entry in archived(lake)}
    for memory_id in ids:
        if memory_id not in known:
            raise CodexError(f"The memory {memory_id} is not archived; ./codex restore without an id lists those.")
    with connect(lake.store_url) as store, lake.connect(threads=1) as connection:
        store.cursor().executemany(
            "INSERT INTO codex_processed.retrievals (memory_id, retrieved_at, reader) VALUES (%s, %s, %s)",
            [(memory_id, instant, READER) for memory_id in ids],
        )
        store.execute(
            "UPDATE codex_processed.semantic_memory SET is_archived = false WHERE source_memory_id = ANY (%s)", [ids]
        )
        # Last, and before the store commits: either both know that they are back, or neither does.
        try:
            connection.execute(
                "update homeostasis.pruned set restored_at = ? "
                "where list_contains(?, memory_id) and restored_at is null",
                [instant, ids],
            )
        except duckdb.TransactionException:
            raise CodexError("A run is writing to the archive at this moment: try again.") from None
    return [known[memory_id] for memory_id in ids]
