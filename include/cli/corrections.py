"""`pin`, `correct`, `reject`, `answer`, `done`, `drop`, `corrections`: the owner's last word."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from include.cli.options import AsJson, Limit, check_count
from include.cli.output import console, escaped, explain_errors, print_indented, print_json
from include.curation import corrections as owner
from include.formats import local_time
from include.installation.environment import store_running
from include.installation.prepare import check_prepared
from include.lake.connection import Lake, configured_lake
from include.store.address import store_url
from include.store.connection import connect

MAKER = "command line"

ItemId = Annotated[
    str, typer.Argument(metavar="ID", help="What it is about, by its id or the beginning; two memories as A+B.")
]
Back = Annotated[bool, typer.Option("--back", help="Take your last word on it back.")]
Comment = Annotated[str | None, typer.Argument(help="Why, in your words.")]


@explain_errors
def pin(item_id: ItemId, back: Back = False, as_json: AsJson = False) -> None:
    """Pin an item or a memory, so that it does not fade.

    Nothing that a pinned item rests on is archived.
    """
    said = _effective(lambda lake: owner.pin(lake, item_id, by=MAKER, back=back))
    _print(said, as_json, "is no longer pinned" if back else "is pinned")


@explain_errors
def correct(
    item_id: ItemId,
    text: Annotated[str | None, typer.Argument(help="What is right, in your words.")] = None,
    back: Back = False,
    as_json: AsJson = False,
) -> None:
    """Put your words in the place of an item's.

    They stand until you take them back, whatever a model says.
    """
    said = _effective(lambda lake: owner.correct(lake, item_id, text, by=MAKER, back=back))
    _print(said, as_json, "has its own words again" if back else "has your words")


@explain_errors
def reject(item_id: ItemId, back: Back = False, as_json: AsJson = False) -> None:
    """Reject an item, so that it is told no more.

    What was derived from it alone goes with it.
    """
    said = _effective(lambda lake: owner.reject(lake, item_id, by=MAKER, back=back))
    _print(said, as_json, "is told again" if back else "is rejected")


@explain_errors
def answer(
    item_id: Annotated[str, typer.Argument(metavar="ID", help="A question, by its id or the beginning.")],
    word: Annotated[
        str | None, typer.Argument(metavar="ANSWER", help="done, dropped or open; first, second or both.")
    ] = None,
    comment: Comment = None,
    back: Back = False,
    as_json: AsJson = False,
) -> None:
    """Answer a question.

    What became of a promise: done, dropped or open. Which of two notes holds: first, second or both.
    """
    _answer(item_id, word, comment, back, as_json)


@explain_errors
def done(item_id: ItemId, comment: Comment = None, back: Back = False, as_json: AsJson = False) -> None:
    """Tick off a promise."""
    _answer(item_id, "done", comment, back, as_json)


@explain_errors
def drop(item_id: ItemId, comment: Comment = None, back: Back = False, as_json: AsJson = False) -> None:
    """Drop a promise."""
    _answer(item_id, "dropped", comment, back, as_json)


@explain_errors
def corrections(
    standing: Annotated[bool, typer.Option("--standing", help="Only what stands.")] = False,
    limit: Limit = 20,
    as_json: AsJson = False,
) -> None:
    """Show what you said of what was learned, the latest first."""
    check_count("--limit", limit)
    with store_running(), connect(store_url()) as store:
        rows = owner.corrections(store, limit=limit, standing=standing)
    if as_json:
        print_json(rows)
        return
    if not rows:
        console.print("You corrected nothing so far.")
    for row in rows:
        taken = " [dim](taken back)[/dim]" if row["is_taken_back"] else ""
        named = row["item_id"] if "+" in row["item_id"] else row["item_id"][:8]
        console.print(
            f"[dim]{local_time(row['made_at'])}  {named:<8}[/dim]  {row['verb']} {row['kind']}{taken}  "
            f"{escaped(row['said'])}"
        )
        if row["word"]:
            print_indented(f"→ {escaped(row['word'])}", 28)
        if row["comment"]:
            print_indented(f"[dim]{escaped(row['comment'])}[/dim]", 28)


def _effective(say: Callable[[Lake], owner.Correction]) -> owner.Correction:
    """Say it with the store running."""
    with store_running():
        check_prepared()
        return say(configured_lake())


def _answer(item_id: str, word: str | None, comment: str | None, back: bool, as_json: bool) -> None:
    said = _effective(lambda lake: owner.answer(lake, item_id, word, by=MAKER, comment=comment, back=back))
    _print(said, as_json, "is as it was" if back else f"is answered: {said.word}")


def _print(said: owner.Correction, as_json: bool, became: str) -> None:
    if as_json:
        print_json(said.as_json())
        return
    console.print(f"This {said.item.kind} {became}: {escaped(said.item.said or said.item.item_id)}")
    if said.verb == "correct" and said.word:
        console.print(f"  → {escaped(said.word)}")
