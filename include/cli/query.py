"""`query`: finding what is remembered and learned."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from include.cli.options import AsJson, Tag, can_be_asked, check_count, instant_given
from include.cli.output import console, escaped, explain_errors, print_indented, print_json
from include.errors import CodexError
from include.formats import json_line
from include.installation.environment import store_running
from include.language_model.choice import configured_model
from include.search.find import KINDS, Found, answerable, find, record_retrievals
from include.settings import settings
from include.store.address import store_url
from include.store.connection import connect


@explain_errors
def query(
    words: Annotated[str | None, typer.Argument(metavar="TEXT", help="What to look for.")] = None,
    option: Annotated[str | None, typer.Option("--text", help="The same, as an option.")] = None,
    k: Annotated[int, typer.Option("-k", help="How many results.")] = 10,
    tag: Tag = None,
    since: Annotated[str | None, typer.Option("--since", help="Only memories from this instant on.")] = None,
    until: Annotated[str | None, typer.Option("--until", help="Only memories before this instant.")] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", help="As it was known at this instant.")] = None,
    kind: Annotated[str | None, typer.Option("--kind", help="Only " + ", ".join(KINDS) + ".")] = None,
    strength: Annotated[float | None, typer.Option("--min-strength", help="Only memories as strong (0 to 1).")] = None,
    trace: Annotated[bool, typer.Option("--trace/--no-trace", help="Whether this recall strengthens.")] = True,
    batch: Annotated[
        Path | None, typer.Option("--batch", help='JSON Lines {"id", "text", "tags"?}; answers are JSON Lines.')
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Find memories, and say what brought each up.

    What is recalled is strengthened (not so in a batch).
    """
    if [words, option, batch].count(None) != 2:
        raise CodexError("Give a text to look for, or --batch FILE.jsonl.")
    text = words if option is None else option
    check_count("-k", k)
    if tag is not None and not can_be_asked(tag):
        raise CodexError("--tag is empty, or no text in UTF-8: give the name of a tag.")
    if text is not None and not can_be_asked(text):
        raise CodexError("The text to look for is empty, or no text in UTF-8: give some words.")
    if kind is not None and kind not in KINDS:
        raise CodexError(f"There is no kind {kind!r}; there are {', '.join(KINDS)}.")
    if strength is not None and not 0 <= strength <= 1:
        raise CodexError(f"--min-strength is {strength}; give a number from 0 to 1.")
    first, last, then = (
        instant_given("--since", since),
        instant_given("--until", until),
        instant_given("--as-of", as_of),
    )
    if then is not None:
        last = min(last, then) if last else then
    asked = partial(find, k=k, since=first, until=last, kind=kind, strength=strength)
    questions = None if batch is None else list(_questions(batch, tag))
    with store_running():
        model = configured_model(settings())
        with answerable(), connect(store_url()) as store:
            if questions is not None:
                for question in questions:
                    results = asked(store, model, question["text"], tags=question["tags"])
                    sys.stdout.write(json_line({"id": question["id"], "results": [item.as_json() for item in results]}))
                return
            found = asked(store, model, text or "", tags=[] if tag is None else [tag])
            if trace:
                record_retrievals(store, (item.memory_id for item in found), "query")
    if as_json:
        print_json([item.as_json() | {"why": item.why} for item in found])
        return
    _print_found(found)


def _print_found(found: list[Found]) -> None:
    if not found:
        console.print("Nothing comes to mind.")
    for item in found:
        first = " ".join(item.text.split())
        why = ", ".join(f"{way} {share:.2f}" for way, share in item.why.items())
        console.print(f"[bold]{item.score:.2f}[/bold]  [dim]{str(item.memory_id)[:8]} {item.kind} ({why})[/dim]")
        print_indented(escaped(first if len(first) <= 300 else first[:299] + "…"), 6)


def _questions(batch: Path, tag: str | None) -> Iterator[dict[str, Any]]:
    """The questions of a file; those without tags are asked for `tag`. Raises CodexError with the line that is none."""
    try:
        # Not splitlines(), for which a text may hold ends of lines that JSON Lines has not.
        lines = batch.read_text(encoding="utf-8-sig").split("\n")
    except UnicodeDecodeError:
        raise CodexError(f"{batch} can't be read: it is not in UTF-8.") from None
    except OSError as error:
        raise CodexError(f"{batch} can't be read: {error.strerror}.") from None
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            question = json.loads(line)
        except (ValueError, RecursionError):
            question = None
        if not _is_question(question):
            raise CodexError(
                f'{batch}, line {number} is no question; give {{"id": …, "text": "…"}}, and "tags": ["…"] if you like.'
            )
        yield question | {"tags": question.get("tags") or ([] if tag is None else [tag])}


def _is_question(question: Any) -> bool:
    if not isinstance(question, dict) or "id" not in question or not can_be_asked(question.get("text")):
        return False
    tags = question.get("tags") or []
    return isinstance(tags, list) and all(can_be_asked(tag) for tag in tags)
