"""Rows of an answer as dictionaries, by the names of their columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb


def rows_of(connection: duckdb.DuckDBPyConnection, question: str, given: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows that answer a question to the lake, in its order."""
    answer = connection.execute(question, given)
    columns = [column[0] for column in answer.description or []]
    return [dict(zip(columns, row, strict=True)) for row in answer.fetchall()]
