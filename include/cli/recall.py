"""`query`, `insights`, `dreams`, `trace`, `export`: asking for what is remembered and learned."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import psycopg
import typer
from psycopg.rows import dict_row

from include import export as exporting
from include import runtime
from include.cli.output import AsJson, console, json_line, local_time, print_indented, print_json, say, shown, told
from include.errors import CodexError
from include.installation import check_prepared
from include.journey import Journey, journey
from include.language_model.choice import configured_model
from include.language_model.model import InvalidAnswerError, LanguageModel, ModelUnavailableError
from include.runtime import lake, store_url
from include.search.find import Found, find, record_retrievals
from include.settings import settings
from include.store.connection import connect

Tag = Annotated[str | None, typer.Option("--tag", help="Only memories with this tag.")]
Limit = Annotated[int, typer.Option("--limit", "-n", help="How many, the latest first.")]

MOST = 100_000
"""Results of one question at most."""

UNPUBLISHED = "Nothing was published yet: run ./codex up, or ./codex consolidate --local."

_INSIGHTS = """
    SELECT u.id, u.memory_id, u.key_insight AS insight, u.insight_type AS type, u.confidence_score AS confidence,
        u.people, u.concepts, u.tools, u.locations, u.created_at, u.extraction_model AS model,
        u.pipeline_source AS source, m.tags
    FROM codex_processed.insights_unified u LEFT JOIN codex_processed.memory_index m USING (memory_id)
    WHERE %(tag)s::text IS NULL OR %(tag)s = ANY (m.tags)
    ORDER BY u.created_at DESC, u.id LIMIT %(limit)s
"""

_DREAMS = """
    SELECT d.id, d.creative_connection AS dream, d.shared_theme AS theme, d.plausibility, d.novelty, d.night, d.cycle,
        d.model, d.source_memory_ids AS memory_ids,
        ARRAY[coalesce(a.summary, left(a.content, 80)), coalesce(b.summary, left(b.content, 80))] AS about
    FROM codex_processed.creative_insights d
    LEFT JOIN codex_processed.memory_index a ON a.memory_id = d.source_memory_1
    LEFT JOIN codex_processed.memory_index b ON b.memory_id = d.source_memory_2
    ORDER BY d.night DESC, d.plausibility DESC, d.id LIMIT %(limit)s
"""


@told
def query(
    text: Annotated[str | None, typer.Argument(help="What to look for.")] = None,
    k: Annotated[int, typer.Option("-k", help="How many results.")] = 10,
    tag: Tag = None,
    batch: Annotated[
        Path | None, typer.Option("--batch", help='JSON Lines {"id", "text", "tags"?}; answers are JSON Lines.')
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Find memories by words, meaning and association. What is recalled is strengthened (not so in a batch)."""
    if (text is None) == (batch is None):
        raise CodexError("Give a text to look for, or --batch FILE.jsonl.")
    _refuse_count("-k", k)
    if tag is not None and not _can_be_asked(tag):
        raise CodexError("--tag is empty, or no text in UTF-8: give the name of a tag.")
    if text is not None and not _can_be_asked(text):
        raise CodexError("The text to look for is empty, or no text in UTF-8: give some words.")
    questions = None if batch is None else list(_questions(batch, tag))
    with runtime.store_running():
        model = configured_model(settings())
        try:
            with connect(store_url()) as store:
                if questions is not None:
                    _answer_batch(store, model, questions, k)
                    return
                found = find(store, model, text or "", k=k, tag=tag)
                record_retrievals(store, found, "query")
        except (ModelUnavailableError, InvalidAnswerError) as error:
            raise CodexError(f"The question can't be embedded: {str(error).rstrip('.')}.") from None
        except psycopg.errors.UndefinedTable:
            raise CodexError(UNPUBLISHED) from None
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
        print_indented(shown(first if len(first) <= 300 else first[:299] + "…"), 6)


def _refuse_count(option: str, count: int) -> None:
    if not 1 <= count <= MOST:
        raise CodexError(f"{option} is {count}; give a number from 1 to {MOST:,}.")


def _can_be_asked(text: object) -> bool:
    """Whether it is a text with something in it that PostgreSQL takes."""
    if not isinstance(text, str) or not text.strip() or "\0" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _answer_batch(
    store: psycopg.Connection[Any], model: LanguageModel, questions: list[dict[str, Any]], k: int
) -> None:
    for question in questions:
        found: list[Found] = []
        seen = set()
        for tag in question["tags"]:
            for item in find(store, model, question["text"], k=k, tag=tag):
                if item.memory_id not in seen:
                    seen.add(item.memory_id)
                    found.append(item)
        found.sort(key=lambda item: (-item.score, str(item.memory_id)))
        sys.stdout.write(json_line({"id": question["id"], "results": [item.as_json() for item in found[:k]]}))


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
        yield question | {"tags": question.get("tags") or [tag]}


def _is_question(question: Any) -> bool:
    if not isinstance(question, dict) or "id" not in question or not _can_be_asked(question.get("text")):
        return False
    tags = question.get("tags") or []
    return isinstance(tags, list) and all(_can_be_asked(tag) for tag in tags)


@told
def insights(limit: Limit = 20, tag: Tag = None, as_json: AsJson = False) -> None:
    """What was understood, the latest first."""
    _refuse_count("--limit", limit)
    rows = _rows(_INSIGHTS, {"limit": limit, "tag": tag})
    if as_json:
        print_json(rows)
        return
    if not rows:
        console.print("No insights yet: save something with ./codex remember, and let it be consolidated.")
    for row in rows:
        day = local_time(row["created_at"])[:10]
        console.print(f"[dim]{day} {row['type']:<11}[/dim] {shown(row['insight'])}")


@told
def dreams(limit: Limit = 10, as_json: AsJson = False) -> None:
    """What came together in REM sleep, the latest night first."""
    _refuse_count("--limit", limit)
    rows = _rows(_DREAMS, {"limit": limit})
    if as_json:
        print_json(rows)
        return
    if not rows:
        console.print("No dreams yet: they come at night, or with ./codex consolidate --type all.")
    for row in rows:
        about = " ~ ".join(part or "?" for part in row["about"])
        console.print(f"[dim]night of {row['night']}, {shown(row['theme'])}: {shown(about)}[/dim]")
        print_indented(shown(row["dream"]), 2)


def _rows(question: str, given: dict[str, Any]) -> list[dict[str, Any]]:
    with runtime.store_running(), connect(store_url()) as store, store.cursor(row_factory=dict_row) as cursor:
        try:
            return cursor.execute(question, given).fetchall()
        except psycopg.errors.UndefinedTable:
            raise CodexError(UNPUBLISHED) from None


@told
def trace(
    memory_id: Annotated[str, typer.Argument(metavar="ID", help="A memory's id, or its beginning.")],
    as_json: AsJson = False,
) -> None:
    """The journey of one memory: each stage, when, with what numbers; or where it stopped, and why."""
    with runtime.store_running():
        check_prepared()
        found = journey(lake(), memory_id)
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


@told
def export(
    file_format: Annotated[str, typer.Option("--format", help="jsonl, json, csv or parquet.")] = "jsonl",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="A file; default: standard output.")] = None,
    kinds: Annotated[
        str | None, typer.Option("--kinds", help=f"Some of {', '.join(exporting.KINDS)}; default: all.")
    ] = None,
) -> None:
    """Write all that is remembered and learned, in an order that is always the same."""
    wanted = tuple(kind.strip() for kind in kinds.split(",")) if kinds is not None else exporting.KINDS
    exporting.check(file_format, wanted)
    with runtime.store_running(), connect(store_url()) as store:
        try:
            if output is None:
                exporting.write(store, file_format, sys.stdout.buffer, wanted)
                return
            count = _write_file(output, lambda file: exporting.write(store, file_format, file, wanted))
        except psycopg.errors.UndefinedTable:
            raise CodexError(UNPUBLISHED) from None
    say(f"{count} records in {output}")


def _write_file(output: Path, write: Callable[[BinaryIO], int]) -> int:
    """Write a file that appears complete or not at all. Raises CodexError when it can't be written."""
    temporary = output.with_name(output.name + ".part")
    try:
        try:
            with temporary.open("wb") as file:
                count = write(file)
            temporary.replace(output)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise CodexError(f"{output} can't be written: {error.strerror}.") from None
    return count
