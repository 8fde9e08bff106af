"""The steps of a rhythm after its gate and clock: models that are built, questions that are asked, publishing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Build:
    """Making dbt models; tests come along where they are audited."""

    models: tuple[str, ...]


@dataclass(frozen=True)
class Ask:
    """Asking the language model what a request model wants to know."""

    request_model: str
    task: str


@dataclass(frozen=True)
class Publish:
    """Bringing the rhythm's served tables to what the lake holds."""


Step = Build | Ask | Publish
