"""Options that several commands have."""

from __future__ import annotations

from typing import Annotated

import typer

from include.errors import CodexError

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead, for programs.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Tag = Annotated[str | None, typer.Option("--tag", help="Only memories with this tag.")]
Limit = Annotated[int, typer.Option("--limit", "-n", help="How many, the latest first.")]

MOST = 100_000
"""Results of one question at most."""


def check_count(option: str, count: int) -> None:
    """Raises CodexError for a number of results that can't be."""
    if not 1 <= count <= MOST:
        raise CodexError(f"{option} is {count}; give a number from 1 to {MOST:,}.")
