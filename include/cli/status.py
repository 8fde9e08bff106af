"""`status`."""

from __future__ import annotations

from typing import Any

from rich.table import Table

from include.cli.options import AsJson
from include.cli.output import console, escaped, explain_errors, print_json
from include.formats import local_time
from include.installation.environment import store_running
from include.monitoring.status import read_status


@explain_errors
def status(as_json: AsJson = False) -> None:
    """Show what runs, and what became of every memory."""
    with store_running(airflow=True):
        found = read_status()
    if as_json:
        print_json(found)
        return
    _print_status(found)


def _print_status(found: dict[str, Any]) -> None:
    console.print(f"web UI          {found['web_url'] or 'not running (./codex up)'}")
    console.print(f"store           {found['store']}")
    console.print(f"language model  {escaped(found['language_model'])}")
    account = found["accounting"]
    console.print(
        f"memories        {account['source']} = {account['attended']} attended + {account['unattended']} unattended + "
        f"{account['filtered']} filtered + {account['failed']} failed + {account['pending']} pending"
    )
    for failed in found["given_up"]:
        console.print(
            f"given up         {failed['questions']} of {failed['task']} (./codex retry), "
            f"last: {escaped(failed['last_error'])}"
        )
    stages = Table(box=None, pad_edge=False, header_style="dim")
    stages.add_column("stage")
    stages.add_column("memories", justify="right")
    for stage, count in found["stages"].items():
        stages.add_row(stage, str(count))
    console.print(stages)
    rhythms = Table(box=None, pad_edge=False, header_style="dim")
    for column in ("rhythm", "last run", "state", "worked for"):
        rhythms.add_column(column)
    for rhythm, run in found["rhythms"].items():
        rhythms.add_row(
            rhythm,
            local_time(run["last_run"]["ended_at"] or run["last_run"]["started_at"]) if run["last_run"] else "never",
            run["last_run"]["state"] if run["last_run"] else "",
            local_time(run["as_of"]),
        )
    console.print(rhythms)
