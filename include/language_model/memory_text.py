"""The memory as the tasks about one memory see it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from include.language_model.task import TaskInput


def _without_blanks(tags: Any) -> Any:
    """A missing list is an empty one; blank and missing tags are dropped."""
    if tags is None:
        return []
    return [tag for tag in tags if tag is not None and str(tag).strip()] if isinstance(tags, list | tuple) else tags


def local_moment(text: str | None) -> datetime | None:
    """An instant in ISO 8601 as the owner's clock showed it (without a zone); None when missing or not readable."""
    try:
        return datetime.fromisoformat(text.strip()).replace(tzinfo=None) if text else None
    except ValueError:
        return None


class MemoryText(TaskInput):
    """One memory as its owner saved it."""

    content: str
    context: str | None = None
    """What the owner was doing when it was saved."""
    summary: str | None = None
    tags: Annotated[list[str], BeforeValidator(_without_blanks)] = Field(default_factory=list)
    created_at: str | None = None
    """ISO 8601, local time of the owner."""

    @property
    def moment(self) -> datetime | None:
        """`created_at` as the owner's clock showed it (without a zone); None when missing or not readable."""
        return local_moment(self.created_at)
