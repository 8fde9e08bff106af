"""`consolidate`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table

from include import consolidation, runtime, service
from include.airflow_api import AirflowApi
from include.cli.output import AsJson, console, errors, print_json, say, told
from include.consolidation import Follow, Step
from include.errors import CodexError
from include.settings import settings

NAMES = "working|short_term|hippocampal|deep_sleep|rem_sleep|homeostasis|insights|all"


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
        if self._live:
            self._live.stop()

    def follow(self, step: Step) -> None:
        """Take in a change."""
        before = self._steps.get(step.rhythm.dag_id)
        self._steps[step.rhythm.dag_id] = step
        if self._live:
            self._live.update(self._table())
        elif before is None or before.state != step.state:
            say(
                f"{step.rhythm.dag_id}: {step.state}" + (f" in {step.seconds:.0f} s" if step.done == step.tasks else "")
            )

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


@told
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

    with Follower(errors) as show:

        def follow(step: Step) -> None:
            steps[step.rhythm.dag_id] = step
            show(step)

        if local:
            with runtime.store_running(airflow=True):
                from include.installation import prepare, prepare_airflow

                prepare(say)
                prepare_airflow()
                consolidation.in_this_process(rhythms, conf, follow)
        else:
            running = service.running_service()
            if running is None:
                raise CodexError("The service is not running: start it with ./codex up, or run here with --local.")
            consolidation.under_scheduler(AirflowApi(running), rhythms, conf, follow)

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


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise CodexError(f"--as-of is {text!r}; give an instant such as 2026-03-01T06:00:00+01:00.") from None
    return (instant if instant.tzinfo else instant.replace(tzinfo=settings().zone)).astimezone(UTC)
