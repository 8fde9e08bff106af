"""What the cost of each dbt model grows with, read from the models' heads."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from include.dbt_project.project import PROJECT
from include.dbt_project.rules import cost

_MATERIALIZED = re.compile(r"materialized=\"(\w+)\"")
_FOLDERS_OF_VIEWS = ("control", "monitoring", "served")
"""As `dbt_project.yml` has it."""


def _models() -> Iterator[Path]:
    yield from sorted((*PROJECT.glob("models/*/*.sql"), *PROJECT.glob("models/*/*.py")))


def _kind(path: Path) -> str:
    found = _MATERIALIZED.search(path.read_text(encoding="utf-8"))
    if found is None:
        return "view" if path.parent.name in _FOLDERS_OF_VIEWS else "table"
    return "part" if found[1] == "ephemeral" else found[1]


def _costs() -> str:
    """A row a model: stage, model, how it is made, and what its cost grows with."""
    lines = ["", "| stage | model | made as | its cost grows with |", "|---|---|---|---|"]
    stage = ""
    for path in _models():
        shown = f"`{path.parent.name}`" if path.parent.name != stage else ""
        stage = path.parent.name
        text = cost(path.read_text(encoding="utf-8")).replace("|", "\\|")
        lines.append(f"| {shown} | `{path.stem}` | {_kind(path)} | {text} |")
    return "\n".join([*lines, ""])


PARTS: Mapping[str, Callable[[], str]] = {"costs": _costs}
