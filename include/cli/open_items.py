"""`open`: what the owner is bound to do, and what others owe them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

import typer

from include.cli.options import AsJson, Limit, check_count
from include.cli.output import console, escaped, explain_errors, print_indented, print_json
from include.formats import local_time
from include.installation.environment import store_running
from include.reading.open_items import commitments, until
from include.settings import settings
from include.store.address import store_url
from include.store.connection import connect

OWNER = "me"


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
        details = [f"noted {local_time(row['opened_at'])[:10]}"]
        if row["clashes_with"]:
            details.append(f"at the same time as: {', '.join(row['clashes_with'])}")
        print_indented(f"[dim]{escaped('; '.join(details))}[/dim]", 29)


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
