"""Upkeep of the lake."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

from include.lake.connection import configured_lake
from include.lake.upkeep import keep_up

if TYPE_CHECKING:
    from airflow.sdk import Context


class LakeUpkeepOperator(BaseOperator):
    """Merges small files, expires old snapshots, removes files that nobody refers to."""

    ui_color = "#e8e3f5"

    def execute(self, context: Context) -> dict[str, Any]:  # noqa: ARG002 - upkeep is of now
        """Returns how many rows were flushed, files merged, snapshots expired, files removed."""
        done = keep_up(configured_lake())
        self.log.info("%s", done)
        return dict(vars(done))
