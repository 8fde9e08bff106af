"""`up`, `down`, `status`."""

from __future__ import annotations

import time
from typing import Annotated, Any

import typer
from rich.table import Table

from include.airflow_service import supervisor
from include.airflow_service.api import AirflowApi
from include.cli.output import AsJson, console, print_json, say, shown, told
from include.errors import CodexError
from include.formats import local_time
from include.installation.environment import store_running
from include.monitoring import status
from include.rhythms.catalogue import RHYTHMS
from include.settings import settings

PARSE_TIMEOUT_SECONDS = 300


@told
def up(
    port: Annotated[int | None, typer.Option(help="Wished port of the web UI; the next free one is taken.")] = None,
    as_json: AsJson = False,
) -> None:
    """Start the service: the store (embedded, if you have none) and Airflow with all rhythms."""
    import os

    if port is not None:
        os.environ["CODEX_WEB_PORT"] = str(port)
        settings.cache_clear()
    running = supervisor.running_service()
    started = supervisor.start(say)
    wait_for_dags(AirflowApi(started))
    if as_json:
        print_json({"web_url": started.web_url, "user": started.user, "password": started.password})
        return
    console.print("Codex Dreams is awake." if running is None else "Codex Dreams was awake already.")
    console.print(f"  web UI    {started.web_url}  (user {started.user}, password {started.password})")
    console.print('  save      ./codex remember --text "…"   or a folder of Markdown, or JSON Lines')
    console.print("  a night   ./codex consolidate --type all")
    console.print("  stop      ./codex down")


def wait_for_dags(api: AirflowApi) -> None:
    """Wait until Airflow has parsed all rhythms; raises CodexError with what keeps it."""
    wanted = {rhythm.dag_id for rhythm in RHYTHMS}
    deadline = time.monotonic() + PARSE_TIMEOUT_SECONDS
    while not wanted <= (known := api.known_dags()):
        broken = api.import_errors()
        if broken:
            raise CodexError("A DAG can't be imported:\n" + "\n".join(f"  {line}" for line in broken))
        if time.monotonic() > deadline:
            raise CodexError(f"Airflow has not parsed {', '.join(sorted(wanted - known))}; see its dag-processor.log.")
        time.sleep(0.5)


@told
def down(as_json: AsJson = False) -> None:
    """Stop the service and everything it started. Nothing is lost: what waits is worked off after the next start."""
    stopped = supervisor.stop()
    if as_json:
        print_json({"stopped": stopped})
        return
    console.print("Codex Dreams is stopped." if stopped else "Codex Dreams was not running.")


@told
def show_status(as_json: AsJson = False) -> None:
    """How it is: what runs, what became of every memory, how far each stage is."""
    with store_running(airflow=True):
        found = status.read_status()
    if as_json:
        print_json(found)
        return
    _print_status(found)


def _print_status(found: dict[str, Any]) -> None:
    console.print(f"web UI          {found['web_url'] or 'not running (./codex up)'}")
    console.print(f"store           {found['store']}")
    console.print(f"language model  {shown(found['language_model'])}")
    account = found["accounting"]
    console.print(
        f"memories        {account['source']} = {account['attended']} attended + {account['unattended']} unattended + "
        f"{account['filtered']} filtered + {account['failed']} failed + {account['pending']} pending"
    )
    for failed in found["given_up"]:
        console.print(
            f"given up         {failed['questions']} of {failed['task']} (./codex retry), "
            f"last: {shown(failed['last_error'])}"
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
