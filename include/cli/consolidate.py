"""`consolidate`."""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from datetime import UTC, datetime
from types import FrameType
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table

from include.airflow_service import supervisor
from include.airflow_service.api import AirflowApi
from include.cli.options import AsJson
from include.cli.output import INTERRUPTED, console, escaped, explain_errors, print_json
from include.errors import CodexError
from include.formats import print_progress
from include.installation.environment import store_running
from include.language_model.choice import configured_model
from include.language_model.model import ModelUnavailableError
from include.rhythms.catalogue import NIGHT, Rhythm
from include.runs import consolidation
from include.runs.consolidation import Follow, Step
from include.settings import home, settings

NAMES = "|".join([*(str(rhythm.command) for rhythm in NIGHT), "all"])


class Follower:
    """Shows where each rhythm stands: a live table on a terminal, a line a change elsewhere."""

    def __init__(self, screen: Console) -> None:
        self._screen = screen
        self._steps: dict[str, Step] = {}
        self._live = Live(console=screen, refresh_per_second=4, transient=False) if screen.is_terminal else None

    def __enter__(self) -> Follow:
        if self._live:
            self._live.start()
        return self.follow

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Leave the table as it is, and the terminal as it was."""
        if self._live:
            self._live.stop()

    def follow(self, step: Step) -> None:
        """Take in a change."""
        before = self._steps.get(step.rhythm.dag_id)
        self._steps[step.rhythm.dag_id] = step
        if self._live:
            self._live.update(self._table())
        elif before is None or before.state != step.state:
            self.tell(
                f"{step.rhythm.dag_id}: {step.state}" + (f" in {step.seconds:.0f} s" if step.done == step.tasks else "")
            )

    def tell(self, text: str) -> None:
        """Say a line of progress."""
        self._screen.print(f"[dim]·[/dim] {escaped(text)}")

    def _table(self) -> Table:
        table = Table.grid(padding=(0, 2))
        for step in self._steps.values():
            mark = {"success": "[green]✓[/green]", "failed": "[red]✗[/red]"}.get(step.state, Spinner("dots"))
            what = step.current or ("" if step.state in {"success", "failed"} else step.state)
            table.add_row(
                mark,
                step.rhythm.dag_id,
                f"[dim]{step.rhythm.brain}[/dim]",
                f"{step.done}/{step.tasks}",
                f"{step.seconds:.0f} s",
                f"[dim]{what}[/dim]",
            )
        return table


@explain_errors
def consolidate(
    kind: Annotated[str, typer.Option("--type", help=f"{NAMES}; all: a whole night, now.")] = "all",
    as_of: Annotated[str | None, typer.Option("--as-of", help="The instant to work for; default: now.")] = None,
    local: Annotated[bool, typer.Option("--local", help="Run here, without a scheduler.")] = False,
    as_json: AsJson = False,
) -> None:
    """Run a rhythm, or a whole night, and follow it."""
    rhythms = consolidation.chosen(kind)
    conf = consolidation.conf_for(rhythms, _instant(as_of))
    steps: dict[str, Step] = {}

    # A screen of its own, which stays on stderr when what Airflow prints goes elsewhere.
    follower = Follower(Console(file=sys.stderr, highlight=False, emoji=False, soft_wrap=not sys.stderr.isatty()))
    with follower as show:

        def follow(step: Step) -> None:
            steps[step.rhythm.dag_id] = step
            show(step)

        if local:
            _run_here(rhythms, conf, follow, follower)
        else:
            _run_there(rhythms, conf, follow)

    if as_json:
        print_json(
            [
                {
                    "rhythm": step.rhythm.dag_id,
                    "state": step.state,
                    "seconds": round(step.seconds, 1),
                    "woken_by": step.woken_by,
                }
                for step in steps.values()
            ]
        )
    else:
        console.print(f"{len(steps)} rhythm{'s' if len(steps) > 1 else ''} done.")


def _run_there(rhythms: Sequence[Rhythm], conf: dict[str, Any], follow: Follow) -> None:
    """Under the scheduler of the running service."""
    running = supervisor.running_service()
    if running is None:
        raise CodexError("The service is not running: start it with ./codex up, or run here with --local.")
    try:
        consolidation.under_scheduler(AirflowApi(running), rhythms, conf, follow)
    except KeyboardInterrupt:
        print_progress("No longer following: the rhythm that was started goes on in the service (./codex status).")
        raise typer.Exit(INTERRUPTED) from None


def _run_here(rhythms: Sequence[Rhythm], conf: dict[str, Any], follow: Follow, follower: Follower) -> None:
    """In this process; what dbt and the models say goes into a log."""
    if supervisor.running_service() is None and supervisor.processes_of_service():
        raise CodexError("An Airflow of this home runs without its supervisor: end it with ./codex down first.")
    log = home().logs / "local.log"
    with ExitStack() as store:
        # Only Airflow knows the connection that a morning is sent to.
        store.enter_context(store_running(airflow=settings().codex_morning_conn_id is not None))
        log.parent.mkdir(parents=True, exist_ok=True)
        # Loggers keep this file until the process ends: it is not closed.
        output = log.open("w", buffering=1, encoding="utf-8", errors="backslashreplace")
        logging.basicConfig(stream=output, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
        with redirect_stdout(output), redirect_stderr(output), _ended_by_interrupt(store, follower):
            from include.installation.prepare import prepare

            prepare(follower.tell)
            if silent := _silent_model():
                follower.tell(f"{silent}. What needs it waits")
            try:
                consolidation.in_this_process(rhythms, conf, follow, follower.tell)
            except CodexError as error:
                raise CodexError(" ".join(filter(None, (str(error), silent and f"{silent}.", f"See {log}.")))) from None


def _silent_model() -> str | None:
    """Why the language model can't be asked, or None where it can."""
    try:
        configured_model(settings()).identity("answers")
    except ModelUnavailableError as error:
        return str(error).rstrip(".")
    return None


@contextmanager
def _ended_by_interrupt(store: ExitStack, follower: Follower) -> Iterator[None]:
    """Ctrl-C ends the process, and the store before: dbt would take it for a failure of its model, and go on."""

    def end(_signal: int, _frame: FrameType | None) -> None:
        follower.stop()
        follower.tell("Stopped. What was done is kept, and the same command goes on from there.")
        store.close()
        os._exit(INTERRUPTED)

    # dbt's locks are semaphores, which the process that watches over them would call leaked, on stderr.
    os.environ["PYTHONWARNINGS"] = "ignore:resource_tracker:UserWarning"
    before = signal.signal(signal.SIGINT, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text)
        return (instant if instant.tzinfo else instant.replace(tzinfo=settings().zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise CodexError(f"--as-of is {text!r}; give an instant such as 2026-03-01T06:00:00+01:00.") from None
