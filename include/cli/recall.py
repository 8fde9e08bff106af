"""`insights`, `dreams`, `episodes`, `trace`: asking for what is remembered and learned."""

from __future__ import annotations

from typing import Annotated, Any

import psycopg
import typer
from psycopg.rows import dict_row

from include import runtime
from include.cli.output import AsJson, console, local_time, print_indented, print_json, shown, told
from include.errors import CodexError
from include.installation import check_prepared
from include.journey import Journey, journey
from include.runtime import lake, store_url
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


def refuse_count(option: str, count: int) -> None:
    """Raises CodexError for a number of results that can't be."""
    if not 1 <= count <= MOST:
        raise CodexError(f"{option} is {count}; give a number from 1 to {MOST:,}.")


_EPISODES = """
    SELECT e.id, e.started_at, e.ended_at, e.headline, e.goal, e.people, e.places, e.topics,
        e.peak_arousal AS arousal, e.mean_valence AS valence, e.memory_ids
    FROM codex_processed.episodes e
    WHERE %(tag)s::text IS NULL OR EXISTS (
        SELECT 1 FROM codex_processed.memory_index m WHERE m.memory_id = ANY (e.memory_ids) AND %(tag)s = ANY (m.tags)
    )
    ORDER BY e.started_at DESC, e.id LIMIT %(limit)s
"""


@told
def insights(limit: Limit = 20, tag: Tag = None, as_json: AsJson = False) -> None:
    """What was understood, the latest first."""
    refuse_count("--limit", limit)
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
    refuse_count("--limit", limit)
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


@told
def episodes(limit: Limit = 20, tag: Tag = None, as_json: AsJson = False) -> None:
    """What happened together, the latest first: when, with whom, where, and what for."""
    refuse_count("--limit", limit)
    rows = _rows(_EPISODES, {"limit": limit, "tag": tag})
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
