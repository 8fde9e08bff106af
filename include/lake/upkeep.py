"""Upkeep of the lake: small files become larger ones, old snapshots expire, files nobody refers to go."""

from __future__ import annotations

from dataclasses import dataclass

from include.lake.connection import Lake

KEEP_SNAPSHOTS_DAYS = 30
"""How long the lake can be looked at, or set back, as it was."""
KEEP_FILES_DAYS = 1
"""Files of expired snapshots wait this long, so that a reader of before can finish."""


@dataclass(frozen=True)
class Upkeep:
    """What upkeep did."""

    flushed_rows: int
    merged_files: int
    expired_snapshots: int
    removed_files: int


def keep_up(lake: Lake) -> Upkeep:
    """Write inlined rows to files, merge small files, expire snapshots older than 30 days, remove their files."""
    with lake.connect() as connection:

        def rows(call: str) -> list[tuple[object, ...]]:
            return connection.execute(call).fetchall()

        flushed = rows("CALL ducklake_flush_inlined_data('lake')")
        merged = rows("CALL ducklake_merge_adjacent_files('lake')")
        rows("CALL ducklake_rewrite_data_files('lake')")
        expired = rows(
            f"CALL ducklake_expire_snapshots('lake', older_than => now() - interval {KEEP_SNAPSHOTS_DAYS} day)"
        )
        removed = rows(f"CALL ducklake_cleanup_old_files('lake', older_than => now() - interval {KEEP_FILES_DAYS} day)")
    return Upkeep(
        flushed_rows=sum(row[2] for row in flushed if isinstance(row[2], int)),
        merged_files=len(merged),
        expired_snapshots=len(expired),
        removed_files=len(removed),
    )
