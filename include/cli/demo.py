"""`demo`: a month of notes, a night, and a page of what came of them."""

from __future__ import annotations

import textwrap
import time
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import dict_row
from rich.rule import Rule

from include.airflow_service import supervisor
from include.airflow_service.api import AirflowApi
from include.cli.consolidate import Follower
from include.cli.morning import print_morning
from include.cli.output import console, errors, escaped, explain_errors, print_indented
from include.demo.sample import write_sample
from include.formats import print_progress
from include.installation.environment import store_running
from include.intake.remember import remember
from include.intake.sources import sources_of
from include.monitoring.status import accounting
from include.morning.page import morning_of
from include.rhythms.catalogue import NIGHT
from include.runs import consolidation
from include.settings import settings
from include.store.address import store_url
from include.store.connection import connect

_PAGE = {
    "insights": """
        SELECT i.key_insight AS text, i.insight_type AS type FROM codex_processed.insights i
        WHERE i.across_notes ORDER BY i.confidence_score DESC, i.id LIMIT 6
    """,
    "episodes": """
        SELECT headline AS text, goal, started_at, ended_at, cardinality(memory_ids) AS memories, people
        FROM codex_processed.episodes WHERE cardinality(memory_ids) >= 4
        ORDER BY peak_arousal DESC, peak_strength DESC, id LIMIT 4
    """,
    "associations": """
        SELECT coalesce(a.summary, left(a.content, 70)) AS one, coalesce(b.summary, left(b.content, 70)) AS other,
            l.weight
        FROM codex_processed.associations l
        JOIN codex_processed.memory_index a ON a.memory_id = l.memory_a
        JOIN codex_processed.memory_index b ON b.memory_id = l.memory_b
        WHERE a.created_at::date <> b.created_at::date
        ORDER BY l.weight DESC, l.memory_a, l.memory_b LIMIT 6
    """,
    "knowledge": """
        SELECT semantic_gist AS text, semantic_category AS category, retrieval_strength AS strength
        FROM codex_processed.semantic_memory WHERE NOT is_archived
        ORDER BY consolidated_strength DESC, id LIMIT 5
    """,
    "dreams": """
        SELECT d.creative_connection AS text, coalesce(a.summary, left(a.content, 60)) AS one,
            coalesce(b.summary, left(b.content, 60)) AS other
        FROM codex_processed.creative_insights d
        JOIN codex_processed.memory_index a ON a.memory_id = d.source_memory_1
        JOIN codex_processed.memory_index b ON b.memory_id = d.source_memory_2
        ORDER BY d.plausibility DESC, d.id LIMIT 2
    """,
}


@explain_errors
def demo() -> None:
    """See it work: a month of invented notes, and a night's sleep."""
    started = time.monotonic()
    console.print(Rule("Codex Dreams: one month of an invented person's notes, and a night's sleep"))
    running = supervisor.start(print_progress)
    api = AirflowApi(running)
    api.wait_for_dags()
    print_progress(
        f"Airflow is at {running.web_url} (user {running.user}, password {running.password}): see the DAGs there"
    )
    with store_running():
        before = _rows_served()
        notes = settings().codex_home / "demo" / "notes.jsonl"
        write_sample(notes, datetime.now(settings().zone).date(), settings().zone)
        remembered = remember(store_url(), sources_of([notes]))
        print_progress(
            f"Remembered the month: {remembered.new} new, {remembered.changed} changed, "
            f"{remembered.unchanged} unchanged (the same again), {remembered.refused} refused"
        )
        print_progress("Falling asleep: each stage is a DAG, and wakes the next by an asset")
        with Follower(errors) as follow:
            consolidation.under_scheduler(api, NIGHT, consolidation.conf_for(NIGHT, None), follow)
        after = _rows_served()
        if before == after and not remembered.new:
            console.print("\nThere was nothing new: no row was added or changed since the last time.\n")
        _print_page(running)
    print_progress(f"{time.monotonic() - started:.0f} seconds")


def _rows_served() -> dict[str, Any]:
    """A fingerprint of each served table, to tell whether anything changed."""
    tables = ("insights", "semantic_memory", "creative_insights", "memory_index", "associations", "episodes")
    with connect(store_url()) as store:
        try:
            return {
                table: store.execute(
                    f"SELECT count(*), md5(string_agg(row_hash, '' ORDER BY row_hash)) FROM codex_processed.{table}"
                ).fetchone()
                for table in tables
            }
        except psycopg.errors.UndefinedTable:
            return {}


def _print_page(running: supervisor.Service) -> None:
    with connect(store_url()) as store, store.cursor(row_factory=dict_row) as cursor:
        found = {part: cursor.execute(question).fetchall() for part, question in _PAGE.items()}
        morning = morning_of(store)
    if morning is not None and morning.lines:
        console.print(Rule("The morning after"))
        print_morning(morning)
    console.print(Rule("What was learned"))
    console.print("[bold]Insights[/bold]")
    if not found["insights"]:
        console.print("  [dim]None yet that follows from several notes together.[/dim]")
    for row in found["insights"]:
        _item(row["text"], row["type"])
    console.print("[bold]Episodes[/bold]")
    for row in found["episodes"]:
        when = f"{row['started_at'].astimezone(settings().zone):%a %d %b %H:%M}"
        who = f", with {', '.join(row['people'][:3])}" if row["people"] else ""
        _item(row["text"], f"{when}, {row['memories']} memories{who}")
    console.print("[bold]What belongs together[/bold] (strongest links across days)")
    for row in found["associations"]:
        _item(f"{row['one']}  ⟷  {row['other']}", f"{row['weight']:.2f}")
    console.print("[bold]Knowledge[/bold]")
    for row in found["knowledge"]:
        _item(row["text"], row["category"])
    console.print("[bold]Dreams[/bold]")
    if not found["dreams"]:
        console.print(
            "  [dim]None this night, as in most: no thread had anything to give to what is open in another.[/dim]"
        )
    for row in found["dreams"]:
        _item(row["text"], f"{row['one']} ~ {row['other']}")
    account = accounting()
    console.print(Rule("The account"))
    console.print(
        f"{account['source']} memories = {account['attended']} attended + {account['unattended']} unattended + "
        f"{account['filtered']} filtered + {account['failed']} failed + {account['pending']} pending"
    )
    console.print(f"web UI   {running.web_url}  (user {running.user}, password {running.password})")
    console.print('ask      ./codex query "why did the migration fail"      ./codex trace ID      ./codex dreams')
    console.print("stop     make down")


def _item(text: str, note: str) -> None:
    shortened = textwrap.shorten(" ".join(text.split()), 320, placeholder=" …")
    print_indented(f"{escaped(shortened)} [dim]{escaped(note)}[/dim]", 2)
