"""`ask`: an answer in a few sentences, each with the notes that it rests on, and what is not known."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from include.answering.ask import Answer
from include.answering.ask import ask as answer_of
from include.cli.options import AsJson, Tag, can_be_asked, instant_given
from include.cli.output import console, escaped, explain_errors, print_indented, print_json
from include.errors import CodexError
from include.installation.environment import store_running
from include.language_model.choice import configured_model
from include.search.candidates import Filters
from include.search.find import answerable, record_retrievals
from include.settings import settings
from include.store.address import store_url
from include.store.connection import connect

READER = "ask"
"""The reader in `codex_processed.retrievals`."""


@explain_errors
def ask(
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="What you want to know.")],
    tag: Tag = None,
    since: Annotated[str | None, typer.Option("--since", help="Only from memories from this instant on.")] = None,
    until: Annotated[str | None, typer.Option("--until", help="Only from memories before this instant.")] = None,
    trace: Annotated[bool, typer.Option("--trace/--no-trace", help="Whether this recall strengthens.")] = True,
    as_json: AsJson = False,
) -> None:
    """Answer a question from your notes, and name them.

    "Not known" where no note tells. The notes that are cited are strengthened, as what query finds.
    """
    if not can_be_asked(question):
        raise CodexError("The question is empty, or no text in UTF-8: give some words.")
    if tag is not None and not can_be_asked(tag):
        raise CodexError("--tag is empty, or no text in UTF-8: give the name of a tag.")
    filters = Filters(() if tag is None else (tag,), instant_given("--since", since), instant_given("--until", until))
    with store_running():
        model = configured_model(settings())
        with answerable(), connect(store_url()) as store:
            answer = answer_of(store, model, question, now=datetime.now(settings().zone), filters=filters)
            if trace:
                record_retrievals(store, (note.memory_id for note in answer.notes), READER)
    if as_json:
        print_json(answer.as_json())
        return
    _print_answer(answer)


def _print_answer(answer: Answer) -> None:
    number = {note.memory_id: place for place, note in enumerate(answer.notes, start=1)}
    day = {note.memory_id: f"{note.at:%Y-%m-%d}" for note in answer.notes}
    for said in answer.sentences:
        cited = "".join(f"[{number[memory_id]}]" for memory_id in said.notes)
        console.print(f"[dim]{day[said.notes[0]]}[/dim]  {escaped(said.text)} [dim]{escaped(cited)}[/dim]")
    if answer.not_known:
        console.print(f"[yellow]Not known:[/yellow] {escaped(answer.not_known)}")
    if answer.remark:
        console.print(f"[dim]{escaped(answer.remark)}[/dim]")
    if answer.notes:
        console.print()
    for note in answer.notes:
        text = " ".join(note.text.split())
        shown = text if len(text) <= 160 else text[:159].rsplit(" ", 1)[0] + " …"
        back = f" (taken back on {note.taken_back_at:%Y-%m-%d})" if note.taken_back_at else ""
        head = f"[{number[note.memory_id]}] {note.at:%Y-%m-%d} {str(note.memory_id)[:8]}{back}"
        console.print(f"[dim]{escaped(head)}[/dim]")
        print_indented(f"[dim]{escaped(shown)}[/dim]", 4)
