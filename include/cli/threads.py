"""`threads` and `thread`: what several notes tell together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from include.cli.options import AsJson, Limit, check_count, instant_given
from include.cli.output import console, escaped, explain_errors, print_indented, print_json
from include.formats import local_time
from include.installation.environment import store_running
from include.reading import threads as reading
from include.store.address import store_url
from include.store.connection import connect


@explain_errors
def threads(
    since: Annotated[str | None, typer.Option("--since", help="Only with a note from this instant on.")] = None,
    left_open: Annotated[bool, typer.Option("--open", help="Only what is left open, with its thread.")] = False,
    limit: Limit = 20,
    as_json: AsJson = False,
) -> None:
    """Show what goes through several notes, the latest first."""
    check_count("--limit", limit)
    first = instant_given("--since", since)
    with store_running(), connect(store_url()) as store:
        found = reading.threads(store, limit=limit, since=first, left_open=left_open)
    if as_json:
        print_json(found)
        return
    if not found:
        console.print(
            "Nothing is open in any thread."
            if left_open
            else "No threads yet: they are found at night, once several notes of different days belong together."
        )
    for each in found:
        days = f"{local_time(each['began_at'])[:10]} to {local_time(each['last_at'])[:10]}"
        console.print(
            f"[dim]{str(each['thread_id'])[:8]}  {days}[/dim]  [bold]{escaped(each['title'])}[/bold]"
            f"  [dim]{each['members']} notes[/dim]"
        )
        for item in each["open"] if left_open else []:
            print_indented(f"○ {escaped(item['text'])}", 10)
        if not left_open and each["story"]:
            print_indented(escaped(each["story"][-1]["text"]), 10)


@explain_errors
def thread(
    thread_id: Annotated[str, typer.Argument(metavar="ID", help="A thread's id, or its beginning.")],
    as_json: AsJson = False,
) -> None:
    """Show one thread: its story, what is open, and its notes."""
    with store_running(), connect(store_url()) as store:
        found = reading.thread(store, thread_id)
    if as_json:
        print_json(found)
        return
    notes = found["notes"]
    numbers = {str(note["memory_id"]): number for number, note in enumerate(notes, start=1)}
    console.print(f"[bold]{escaped(found['title'])}[/bold]  [dim]{found['thread_id']}[/dim]")
    console.print(f"[dim]told as of {local_time(found['told_at'])} by {escaped(found['model'])}[/dim]")
    if found["merged_into"]:
        console.print(f"It went into another thread: ./codex thread {str(found['merged_into'])[:8]}")
    for field, heading in reading.HEADINGS.items():
        if found[field]:
            console.print(f"\n{heading}")
        for item in found[field]:
            _print_item(item, notes, numbers)
    if found["sentence"]:
        console.print()
        _print_item(found["sentence"], notes, numbers)
    console.print("\nNotes")
    for number, note in enumerate(notes, start=1):
        first = " ".join(note["content"].split())
        shown = first if len(first) <= 200 else first[:199].rsplit(" ", 1)[0] + " …"
        when = f"{local_time(note['created_at'])}  {str(note['memory_id'])[:8]}"
        console.print(f"[dim]{number:>4}  {when}[/dim]  {escaped(shown)}")


def _print_item(item: Mapping[str, Any], notes: Sequence[Mapping[str, Any]], numbers: Mapping[str, int]) -> None:
    """An item with the day of its last note, and the numbers of all."""
    cited = sorted(numbers[memory] for memory in item["memory_ids"] if memory in numbers)
    day = local_time(notes[cited[-1] - 1]["created_at"])[:10] if cited else ""
    when = ", ".join(str(item[name]) for name in ("when", "why") if item.get(name))
    more = f" [dim]({escaped(when)})[/dim]" if when else ""
    listed = ", ".join(map(str, cited))
    print_indented(f"[dim]{day:<10}[/dim]  {escaped(item['text'])}{more} [dim]\\[{listed}][/dim]", 2)
