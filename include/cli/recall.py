"""`insights`, `dreams`, `episodes`, `trace`: asking for what is remembered and learned."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from include.cli.output import AsJson, console, print_indented, print_json, shown, told
from include.errors import CodexError
from include.formats import local_time
from include.installation.environment import store_running
from include.installation.prepare import check_prepared
from include.lake.connection import configured_lake
from include.reading.journey import Journey, journey
from include.reading.latest import Kind, latest
from include.store.address import store_url
from include.store.connection import connect

Tag = Annotated[str | None, typer.Option("--tag", help="Only memories with this tag.")]
Limit = Annotated[int, typer.Option("--limit", "-n", help="How many, the latest first.")]

MOST = 100_000
"""Results of one question at most."""


def refuse_count(option: str, count: int) -> None:
    """Raises CodexError for a number of results that can't be."""
    if not 1 <= count <= MOST:
        raise CodexError(f"{option} is {count}; give a number from 1 to {MOST:,}.")


@told
def insights(limit: Limit = 20, tag: Tag = None, as_json: AsJson = False) -> None:
    """What was understood, the latest first."""
    refuse_count("--limit", limit)
    rows = _rows("insights", limit, tag)
    if as_json:
        print_json(rows)
        return
    if not rows:
        console.print("No insights yet: save something with ./codex remember, and let it be consolidated.")
    for row in rows:
        day = local_time(row["created_at"])[:10]
        said = f" [dim](said {row['evidence_count']} times)[/dim]" if row["evidence_count"] > 1 else ""
        console.print(f"[dim]{day} {row['type']:<11}[/dim] {shown(row['insight'])}{said}")


@told
def dreams(limit: Limit = 10, as_json: AsJson = False) -> None:
    """What came together in REM sleep, the latest night first."""
    refuse_count("--limit", limit)
    rows = _rows("dreams", limit)
    if as_json:
        print_json(rows)
        return
    if not rows:
        console.print("No dreams yet: they come at night, or with ./codex consolidate --type all.")
    for row in rows:
        about = " ~ ".join(part or "?" for part in row["about"])
        console.print(f"[dim]night of {row['night']}, {shown(row['theme'])}: {shown(about)}[/dim]")
        print_indented(shown(row["dream"]), 2)


@told
def episodes(limit: Limit = 20, tag: Tag = None, as_json: AsJson = False) -> None:
    """What happened together, the latest first: when, with whom, where, and what for."""
    refuse_count("--limit", limit)
    rows = _rows("episodes", limit, tag)
    if as_json:
        print_json(rows)
        return
    if not rows:
        console.print("No episodes yet: save something with ./codex remember, and let it be consolidated.")
    for row in rows:
        memories = len(row["memory_ids"])
        told_of = [f"{memories} {'memory' if memories == 1 else 'memories'}", *row["people"], *row["places"]]
        console.print(f"[dim]{local_time(row['started_at'])}[/dim]  {shown(row['headline'])}")
        print_indented(f"[dim]{shown(', '.join(told_of))}[/dim]", 18)


def _rows(kind: Kind, limit: int, tag: str | None = None) -> list[dict[str, Any]]:
    with store_running(), connect(store_url()) as store:
        return latest(store, kind, limit=limit, tag=tag)


@told
def trace(
    memory_id: Annotated[str, typer.Argument(metavar="ID", help="A memory's id, or its beginning.")],
    as_json: AsJson = False,
) -> None:
    """The journey of one memory: each stage, when, with what numbers; or where it stopped, and why."""
    with store_running():
        check_prepared()
        found = journey(configured_lake(), memory_id)
    if as_json:
        print_json(found.as_json())
        return
    _print_journey(found)


def _print_journey(found: Journey) -> None:
    console.print(f"[bold]{shown(found.title)}[/bold]  [dim]{found.memory_id}[/dim]")
    for stage in found.stages:
        console.print(f"  {stage.stage:<15} {stage.status:<24} [dim]{local_time(stage.at)}[/dim]")
        for name, value in stage.details.items():
            if value is None or value == []:
                continue
            if isinstance(value, list) and isinstance(value[0], dict):
                for entry in value:
                    told_entry = ", ".join(f"{key} {entry[key]}" for key in entry if key != "memory_id")
                    console.print(f"    [dim]{name}[/dim] {shown(told_entry)}")
            else:
                console.print(f"    [dim]{name}[/dim] {shown(str(value))}")
    console.print(shown(found.diagnosis))
