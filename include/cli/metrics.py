"""`metrics`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

import typer
from rich.table import Table

from include.cli.options import AsJson
from include.cli.output import console, escaped, explain_errors, print_json
from include.formats import local_time
from include.installation.environment import store_running
from include.installation.prepare import check_prepared
from include.lake.connection import configured_lake
from include.monitoring.metrics import read_metrics


@explain_errors
def metrics(
    period: Annotated[str, typer.Option("--period", help="How far back: 90m, 24h, 7d, 2w.")] = "24h",
    as_json: AsJson = False,
) -> None:
    """Show what happened in a period, in figures.

    Throughput, durations, and what was asked of the language model.
    """
    with store_running(airflow=True):
        check_prepared()
        found = read_metrics(configured_lake(), period)
    if as_json:
        print_json(found)
        return
    console.print(f"[dim]from {local_time(found['since'])} to {local_time(found['until'])}[/dim]")
    for section, show in _SHOWN.items():
        show(found[section])


def _show_language_model(found: dict[str, Any]) -> None:
    console.print(f"language model  {_asked(found)}")
    console.print(
        f"kept            {found['kept_answers']} answers, {found['kept_vectors']} vectors; "
        f"{found['given_up']} questions given up" + (" (./codex retry)" if found["given_up"] else "")
    )
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in ("task", "model"):
        table.add_column(column)
    for column in ("questions", "hits", "calls", "repaired", "invalid", "p50 ms", "p95 ms", "tokens"):
        table.add_column(column, justify="right")
    for task in found["tasks"]:
        table.add_row(
            task["task"],
            escaped(task["model"]),
            *(str(task[name]) for name in ("questions", "hits", "calls", "repaired", "invalid")),
            *("" if task[name] is None else f"{task[name]:.0f}" for name in ("p50_latency_ms", "p95_latency_ms")),
            str(task["prompt_tokens"] + task["answer_tokens"]),
        )
    if found["tasks"]:
        console.print(table)
    _show_cost(found["cost"])


def _show_cost(days: Sequence[Mapping[str, Any]]) -> None:
    """Tokens and seconds of the model, a task and day."""
    if not days:
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("day")
    table.add_column("cost of")
    for column in ("calls", "tokens read", "of them cached", "tokens written", "seconds", "asked again"):
        table.add_column(column, justify="right")
    for row in days:
        figures = ("calls", "prompt_tokens", "cached_tokens", "answer_tokens")
        table.add_row(
            str(row["day"]),
            row["task"],
            *(str(row[name]) for name in figures),
            f"{row['model_seconds']:.1f}",
            str(row["stragglers"]),
        )
    console.print(table)


def _asked(found: dict[str, Any]) -> str:
    if not found["questions"]:
        return "nothing was asked"
    return f"{found['questions']} questions, {found['hit_rate']:.0%} answered from what is kept, {found['calls']} calls"


def _show_memory(found: dict[str, Any]) -> None:
    held = ", ".join(f"{stage['current_count']} {stage['stage']}" for stage in found["stages"])
    console.print(f"memory          {held}")
    for night in found["nights"]:
        console.print(
            f"night of {night['night']}  {night['replays']} replays of {night['memories_replayed']} memories, "
            f"{night['memories_consolidated']} consolidated, {night['dreams_kept']} of {night['dreams']} dreams kept"
        )
    for check in found["checks"]:
        if check["failure_count"]:
            console.print(f"check           {check['failure_count']} times: {check['check_name']}")


def _show_throughput(found: dict[str, Any]) -> None:
    console.print("throughput      " + ", ".join(f"{count} {what}" for what, count in found.items()))


SLOWEST = 12
"""Tasks that are shown to people; --json has all."""


def _show_airflow(found: dict[str, Any]) -> None:
    if found["runs"]:
        _print_durations(
            "rhythm", ("runs", "worked", "failed"), [{"name": run["dag_id"], **run} for run in found["runs"]]
        )
    slowest = sorted(found["tasks"], key=lambda task: -task["p95_seconds"])[:SLOWEST]
    if slowest:
        named = [{"name": f"{task['dag_id']}  {task['task_id']}", **task} for task in slowest]
        _print_durations("slowest tasks", ("runs", "failed", "retries"), named)


def _print_durations(title: str, counts: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column(title)
    for column in (*counts, "p50 s", "p95 s"):
        table.add_column(column, justify="right")
    for row in rows:
        quantiles = ("" if row[name] is None else f"{row[name]:.2f}" for name in ("p50_seconds", "p95_seconds"))
        table.add_row(row["name"], *(str(row[name]) for name in counts), *quantiles)
    console.print(table)


_SHOWN: Mapping[str, Callable[[dict[str, Any]], None]] = {
    "throughput": _show_throughput,
    "airflow": _show_airflow,
    "language_model": _show_language_model,
    "memory": _show_memory,
}
"""How a section is shown to people."""
