"""`open`, `changes`, `questions`: what is to be done, what is seen otherwise by now, what only the owner can settle."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

import typer

from include.cli.options import AsJson, Limit, check_count, instant_given
from include.cli.output import console, escaped, explain_errors, print_indented, print_json
from include.formats import local_time
from include.installation.environment import store_running
from include.reading.open_items import OWNER, commitments, until
from include.reading.open_items import changes as changes_of_mind
from include.reading.open_items import questions as questions_to_owner
from include.settings import settings
from include.store.address import store_url
from include.store.connection import connect


@explain_errors
def open_(
    due: Annotated[
        str | None, typer.Option("--due", help="Only what is due until this date, or within so many days.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="What is done or dropped, too.")] = False,
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """Show what is promised and due, the next first.

    Commitments of your notes, and what others promised you, as of the last night.
    """
    check_count("--limit", limit)
    last_day = until(due, datetime.now(settings().zone).date()) if due is not None else None
    with store_running(), connect(store_url()) as store:
        rows = commitments(store, limit=limit, due=last_day, closed=everything)
    if as_json:
        print_json(rows)
        return
    if not rows:
        console.print("Nothing is open." if due is None else f"Nothing is due until {last_day}.")
    for row in rows:
        console.print(f"[{_COLOUR[row['state']]}]{row['state']:<7}[/] {_day(row):<20} {escaped(_sentence(row))}")
        details = [str(row["id"])[:8], f"noted {local_time(row['opened_at'])[:10]}"]
        if row["clashes_with"]:
            details.append(f"at the same time as: {', '.join(row['clashes_with'])}")
        print_indented(f"[dim]{escaped('; '.join(details))}[/dim]", 29)


@explain_errors
def changes(
    since: Annotated[str | None, typer.Option("--since", help="Only what changed since this date or instant.")] = None,
    limit: Limit = 20,
    as_json: AsJson = False,
) -> None:
    """Show where a later note says otherwise, the latest first.

    Plans, habits, opinions and beliefs that no longer hold, with what holds since.
    """
    check_count("--limit", limit)
    first = instant_given("--since", since)
    with store_running(), connect(store_url()) as store:
        rows = changes_of_mind(store, limit=limit, since=first)
    if as_json:
        print_json(rows)
        return
    if not rows:
        console.print("Nothing changed." if since is None else f"Nothing changed since {since}.")
    for row in rows:
        console.print(
            f"[dim]{local_time(row['held_since'])[:10]:<10}[/dim] {escaped(row['before'])}"
            f"  [dim]{str(row['id'])[:8]}[/dim]"
        )
        console.print(f"[dim]{local_time(row['changed_at'])[:10]:<10}[/dim] [bold]{escaped(row['after'])}[/bold]")
        if row["why"]:
            print_indented(f"[dim]because {escaped(row['why'])}[/dim]", 11)
        console.print()


@explain_errors
def questions(
    everything: Annotated[bool, typer.Option("--all", help="Those that were settled, too.")] = False,
    limit: Limit = 20,
    as_json: AsJson = False,
) -> None:
    """Show what only you can settle, the latest first.

    What became of a promise, and which of two notes holds. `answer` settles it, and so does a note that says so.
    """
    check_count("--limit", limit)
    with store_running(), connect(store_url()) as store:
        rows = questions_to_owner(store, limit=limit, settled=everything)
    if as_json:
        print_json(rows)
        return
    if not rows:
        console.print("There is nothing to ask.")
    for row in rows:
        mark = f" [dim](settled {local_time(row['settled_at'])[:10]})[/dim]" if row["settled_at"] else ""
        console.print(
            f"[dim]{local_time(row['asked_at'])[:10]} {str(row['id'])[:8]}[/dim] {escaped(row['question'])}{mark}"
        )
    if any(row["settled_at"] is None for row in rows):
        console.print("[dim]./codex answer ID done|dropped|open, or first|second|both[/dim]")


_COLOUR = {"late": "red", "open": "green", "done": "dim", "dropped": "dim"}


def _day(row: dict[str, Any]) -> str:
    if row["due_at"] is not None:
        instant: datetime = row["due_at"].astimezone(settings().zone)
        return f"{instant:%a %Y-%m-%d %H:%M}"
    on: date | None = row["due_date"]
    return f"{on:%a %Y-%m-%d}" if on else "no day"


def _sentence(row: dict[str, Any]) -> str:
    """What is to be done, by whom unless it is the owner, and for whom unless the words say it already."""
    parts = [row["what"]]
    if row["who"] != OWNER:
        parts.insert(0, f"{row['who']}:")
    to_whom = row["to_whom"]
    if to_whom and to_whom != OWNER and to_whom.lower() not in row["what"].lower():
        parts.append(f"({to_whom})")
    return " ".join(parts)
