"""`up`, `down`, `restart`: the service."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from include.airflow_service import supervisor
from include.airflow_service.api import AirflowApi
from include.cli.options import AsJson
from include.cli.output import console, explain_errors, print_json
from include.formats import print_progress
from include.settings import settings

Port = Annotated[int | None, typer.Option(help="Wished port of the web UI; the next free one is taken.")]


@explain_errors
def up(port: Port = None, as_json: AsJson = False) -> None:
    """Start the service: the store, and Airflow with all rhythms.

    Without a PostgreSQL of yours, the embedded one is started.
    """
    before = supervisor.running_service()
    started = _start(port)
    _print_started(started, as_json, "Codex Dreams is awake." if before is None else "Codex Dreams was awake already.")


@explain_errors
def down(as_json: AsJson = False) -> None:
    """Stop the service and everything it started.

    Nothing is lost: what waits is worked off after the next start.
    """
    stopped = supervisor.stop()
    if as_json:
        print_json({"stopped": stopped})
        return
    console.print("Codex Dreams is stopped." if stopped else "Codex Dreams was not running.")


@explain_errors
def restart(port: Port = None, as_json: AsJson = False) -> None:
    """Stop the service and start it again."""
    if supervisor.stop():
        print_progress("Stopped")
    _print_started(_start(port), as_json, "Codex Dreams is awake.")


def _start(port: int | None) -> supervisor.Service:
    if port is not None:
        os.environ["CODEX_WEB_PORT"] = str(port)
        settings.cache_clear()
    started = supervisor.start(print_progress)
    AirflowApi(started).wait_for_dags()
    return started


def _print_started(started: supervisor.Service, as_json: bool, headline: str) -> None:
    if as_json:
        print_json({"web_url": started.web_url, "user": started.user, "password": started.password})
        return
    console.print(headline)
    console.print(f"  web UI    {started.web_url}  (user {started.user}, password {started.password})")
    console.print('  save      ./codex remember --text "…"   or a folder of Markdown, or JSON Lines')
    console.print("  a night   ./codex consolidate --type all")
    console.print("  stop      ./codex down")
