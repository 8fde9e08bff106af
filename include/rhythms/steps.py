"""The steps of a rhythm after its gate and clock: models built, questions asked, publishing, delivery."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Build:
    """Making dbt models; tests come along where they are audited."""

    models: tuple[str, ...]
    group: str = ""
    """The DAG's name for them."""


@dataclass(frozen=True)
class Ask:
    """Asking the language model what a request model wants to know."""

    request_model: str
    task: str


@dataclass(frozen=True)
class Publish:
    """Bringing the rhythm's served tables to what the lake holds."""


@dataclass(frozen=True)
class Deliver:
    """Delivering the morning to the channels that are set up."""


Step = Build | Ask | Publish | Deliver
