"""`insights`, `dreams`, `episodes`: what is served, the latest first."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from include.cli.options import AsJson, Limit, Tag, check_count
from include.cli.output import console, escaped, explain_errors, print_indented, print_json
from include.formats import local_time
from include.installation.environment import store_running
from include.reading.latest import Kind, latest
from include.store.address import store_url
from include.store.connection import connect


@explain_errors
def insights(
    limit: Limit = 20,
    tag: Tag = None,
    every: Annotated[bool, typer.Option("--all", help="Also what each memory says by itself.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what follows from several memories together.

    The latest first: what recurs, what changed, two things at one time. Most memories bring nothing of that.
    """
    check_count("--limit", limit)
    rows = _rows("insights", limit, tag, every=every)
    if as_json:
        print_json(rows)
        return
    if not rows:
        console.print(
            "No insights yet: save something with ./codex remember, and let it be consolidated."
            if every
            else "Nothing yet follows from several memories together; --all shows what each says by itself."
        )
    for row in rows:
        day = local_time(row["created_at"])[:10]
        said = f" [dim](said {row['evidence_count']} times)[/dim]" if row["evidence_count"] > 1 else ""
        console.print(f"[dim]{day} {str(row['id'])[:8]} {row['type']:<11}[/dim] {escaped(row['insight'])}{said}")


@explain_errors
def dreams(limit: Limit = 10, as_json: AsJson = False) -> None:
    """Show what came together in REM sleep, the latest first."""
    check_count("--limit", limit)
    rows = _rows("dreams", limit)
    if as_json:
        print_json(rows)
        return
    if not rows:
        console.print("No dreams yet: they come at night, or with ./codex consolidate --type all.")
    for row in rows:
        about = " ~ ".join(part or "?" for part in row["about"])
        console.print(
            f"[dim]{str(row['id'])[:8]} night of {row['night']}, {escaped(row['theme'])}: {escaped(about)}[/dim]"
        )
        print_indented(escaped(row["dream"]), 2)


@explain_errors
def episodes(limit: Limit = 20, tag: Tag = None, as_json: AsJson = False) -> None:
    """Show what happened together, the latest first.

    When, with whom, where, and what for.
    """
    check_count("--limit", limit)
    rows = _rows("episodes", limit, tag)
    if as_json:
        print_json(rows)
        return
    if not rows:
        console.print("No episodes yet: save something with ./codex remember, and let it be consolidated.")
    for row in rows:
        memories = len(row["memory_ids"])
        details = [f"{memories} {'memory' if memories == 1 else 'memories'}", *row["people"], *row["places"]]
        console.print(f"[dim]{local_time(row['started_at'])}[/dim]  {escaped(row['headline'])}")
        print_indented(f"[dim]{escaped(', '.join(details))}[/dim]", 18)


def _rows(kind: Kind, limit: int, tag: str | None = None, *, every: bool = False) -> list[dict[str, Any]]:
    with store_running(), connect(store_url()) as store:
        return latest(store, kind, limit=limit, tag=tag, every=every)
