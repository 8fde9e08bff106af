"""`query`, `insights`, `dreams`, `trace`, `export`: asking for what is remembered and learned."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import psycopg
import typer
from psycopg.rows import dict_row
from rich.markup import escape

from include import export as exporting
from include import runtime
from include.cli.output import AsJson, console, json_line, print_indented, print_json, say, told
from include.errors import CodexError
from include.journey import Journey, journey
from include.language_model.choice import configured_model
from include.language_model.model import LanguageModel, ModelUnavailableError
from include.runtime import lake, store_url
from include.search.find import Found, find, record_retrievals
from include.settings import settings
from include.store.connection import connect

Tag = Annotated[str | None, typer.Option("--tag", help="Only memories with this tag.")]
Limit = Annotated[int, typer.Option("--limit", "-n", min=1, help="How many, the latest first.")]

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
    k: Annotated[int, typer.Option("-k", min=1, help="How many results.")] = 10,
    tag: Tag = None,
    batch: Annotated[
        Path | None, typer.Option("--batch", help='JSON Lines {"id", "text", "tags"?}; answers are JSON Lines.')
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Find memories by words, meaning and association. What is recalled is strengthened (not so in a batch)."""
    if (text is None) == (batch is None):
        raise CodexError("Give a text to look for, or --batch FILE.jsonl.")
    with runtime.store_running():
        model = configured_model(settings())
        try:
            with connect(store_url()) as store:
                if batch is not None:
                    _answer_batch(store, model, batch, k)
                    return
                found = find(store, model, text or "", k=k, tag=tag)
                record_retrievals(store, found, "query")
        except ModelUnavailableError as error:
            raise CodexError(f"The question can't be embedded: {error}.") from None
        except psycopg.errors.UndefinedTable:
            raise CodexError("Nothing was published yet: run ./codex up, or ./codex consolidate --local.") from None
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
        print_indented(escape(first if len(first) <= 300 else first[:299] + "…"), 6)


def _answer_batch(store: psycopg.Connection[Any], model: LanguageModel, batch: Path, k: int) -> None:
    for question in _questions(batch):
        found: list[Found] = []
        seen = set()
        for tag in question.get("tags") or [None]:
            for item in find(store, model, question["text"], k=k, tag=tag):
                if item.memory_id not in seen:
                    seen.add(item.memory_id)
                    found.append(item)
        found.sort(key=lambda item: (-item.score, str(item.memory_id)))
        sys.stdout.write(json_line({"id": question["id"], "results": [item.as_json() for item in found[:k]]}))


def _questions(batch: Path) -> Iterator[dict[str, Any]]:
    try:
        lines = batch.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CodexError(f"{batch} can't be read: {error}") from None
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            question = json.loads(line)
            if not isinstance(question["text"], str) or "id" not in question:
                raise TypeError
        except (json.JSONDecodeError, KeyError, TypeError):
            raise CodexError(f'{batch}, line {number}: give {{"id": …, "text": "…", "tags"?: […]}}.') from None
        yield question


@told
def insights(limit: Limit = 20, tag: Tag = None, as_json: AsJson = False) -> None:
    """What was understood, the latest first."""
    rows = _rows(_INSIGHTS, {"limit": limit, "tag": tag})
    if as_json:
        print_json(rows)
        return
    if not rows:
        console.print("No insights yet: save something with ./codex remember, and let it be consolidated.")
    for row in rows:
        console.print(f"[dim]{row['created_at']:%Y-%m-%d} {row['type']:<11}[/dim] {escape(row['insight'])}")


@told
def dreams(limit: Limit = 10, as_json: AsJson = False) -> None:
    """What came together in REM sleep, the latest night first."""
    rows = _rows(_DREAMS, {"limit": limit})
    if as_json:
        print_json(rows)
        return
    if not rows:
        console.print("No dreams yet: they come at night, or with ./codex consolidate --type all.")
    for row in rows:
        about = " ~ ".join(part or "?" for part in row["about"])
        console.print(f"[dim]night of {row['night']}, {row['theme']}: {escape(about)}[/dim]")
        print_indented(escape(row["dream"]), 2)


def _rows(question: str, given: dict[str, Any]) -> list[dict[str, Any]]:
    with runtime.store_running(), connect(store_url()) as store, store.cursor(row_factory=dict_row) as cursor:
        try:
            return cursor.execute(question, given).fetchall()
        except psycopg.errors.UndefinedTable:
            raise CodexError("Nothing was published yet: run ./codex up, or ./codex consolidate --local.") from None


@told
def trace(
    memory_id: Annotated[str, typer.Argument(metavar="ID", help="A memory's id, or its beginning.")],
    as_json: AsJson = False,
) -> None:
    """The journey of one memory: each stage, when, with what numbers; or where it stopped, and why."""
    with runtime.store_running():
        found = journey(lake(), memory_id)
    if as_json:
        print_json(found.as_json())
        return
    _print_journey(found)


def _print_journey(found: Journey) -> None:
    console.print(f"[bold]{escape(found.title)}[/bold]  [dim]{found.memory_id}[/dim]")
    for stage in found.stages:
        at = f"{stage.at:%Y-%m-%d %H:%M}" if stage.at else ""
        console.print(f"  {stage.stage:<15} {stage.status:<24} [dim]{at}[/dim]")
        for name, value in stage.details.items():
            if value is None or value == []:
                continue
            if isinstance(value, list) and isinstance(value[0], dict):
                for entry in value:
                    told_entry = ", ".join(f"{key} {entry[key]}" for key in entry if key != "memory_id")
                    console.print(f"    [dim]{name}[/dim] {escape(told_entry)}")
            else:
                console.print(f"    [dim]{name}[/dim] {escape(str(value))}")
    console.print(escape(found.diagnosis))


@told
def export(
    file_format: Annotated[str, typer.Option("--format", help="jsonl, json, csv or parquet.")] = "jsonl",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="A file; default: standard output.")] = None,
    kinds: Annotated[
        str | None, typer.Option("--kinds", help=f"Some of {', '.join(exporting.KINDS)}; default: all.")
    ] = None,
) -> None:
    """Write all that is remembered and learned, in an order that is always the same."""
    wanted = tuple(kind.strip() for kind in kinds.split(",")) if kinds else exporting.KINDS
    if file_format not in exporting.FORMATS:
        raise CodexError(f"There is no format {file_format!r}; there are {', '.join(exporting.FORMATS)}.")
    with runtime.store_running(), connect(store_url()) as store:
        try:
            if output is None:
                exporting.write(store, file_format, sys.stdout.buffer, wanted)
                return
            temporary = output.with_name(output.name + ".part")
            with temporary.open("wb") as file:
                count = exporting.write(store, file_format, file, wanted)
            temporary.replace(output)
        except psycopg.errors.UndefinedTable:
            raise CodexError("Nothing was published yet: run ./codex up, or ./codex consolidate --local.") from None
        except OSError as error:
            raise CodexError(f"{output} can't be written: {error.strerror}.") from None
    say(f"{count} records in {output}")
