"""Dropping answers that nobody can need any more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

from include.lake.connection import configured_lake
from include.language_model.retention import drop_unused

if TYPE_CHECKING:
    from airflow.sdk import Context


class AnswerRetentionOperator(BaseOperator):
    """Drops answers and vectors of former models and gone memories that were not used for 90 days, and old calls."""

    ui_color = "#e8e3f5"

    def execute(self, context: Context) -> dict[str, Any]:  # noqa: ARG002 - retention is of now
        """Returns how many answers, vectors and calls went."""
        dropped = drop_unused(configured_lake())
        self.log.info("%s", dropped)
        return dict(vars(dropped))
