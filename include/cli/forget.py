"""`forget`."""

from __future__ import annotations

import io
from contextlib import redirect_stderr, redirect_stdout
from typing import Annotated, Any

import typer

from include.airflow_service import supervisor
from include.airflow_service.api import AirflowApi
from include.cli.options import AsJson, Yes
from include.cli.output import console, errors, escaped, explain_errors, print_json
from include.curation import forget as forgetting
from include.errors import CodexError
from include.formats import print_progress
from include.installation.environment import store_running
from include.installation.prepare import check_prepared
from include.lake.connection import configured_lake
from include.lake.upkeep import keep_up
from include.rhythms.catalogue import NIGHT
from include.runs import consolidation
from include.store.address import embedded


@explain_errors
def forget(
    ids: Annotated[list[str], typer.Argument(metavar="ID…", help="Ids, or their beginnings, as query shows them.")],
    yes: Yes = False,
    now: Annotated[
        bool, typer.Option("--now", help="Also run the rhythms and expire the lake's history, which can't be undone.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Forget memories, and what was derived from them alone.

    Readers see nothing of them from then on.
    """
    with store_running():
        check_prepared()
        chosen = forgetting.to_forget(configured_lake(), ids)
        if not yes:
            for memory_id, text in chosen.items():
                errors.print(f"  {memory_id}  {escaped(text or '(forgotten)')}")
            if not typer.confirm(f"Forget {len(chosen)} of them for good?", err=True):
                raise CodexError("Nothing was forgotten.")
        done = forgetting.forget(configured_lake(), list(chosen), owned=embedded())
        if now:
            _run_rhythms()
    if as_json:
        print_json(
            [
                {
                    "memory_id": item.memory_id,
                    "was_known": item.was_known,
                    "suppressed": item.is_suppressed,
                    "history_expired": now,
                }
                for item in done
            ]
        )
        return
    count = sum(item.was_known for item in done)
    console.print(f"{count} forgotten" + (f", {len(done) - count} were already" if count < len(done) else "") + ".")
    if done and done[0].is_suppressed:
        console.print("  your table is only read: the rows are still there, and not learned from any more")
    if not now:
        console.print("  the lake's history holds traces of it for up to 30 days (--now: not), backups until they go")


def _run_rhythms() -> None:
    """Run the rhythms that take it along, and expire the lake's history."""
    rhythms = [
        rhythm
        for rhythm in NIGHT
        if rhythm.command in {"working", "insights", "short_term", "hippocampal", "deep_sleep"}
    ]
    conf: dict[str, Any] = {"asleep": False}

    def follow(step: consolidation.Step) -> None:
        if step.state in {"success", "failed"}:
            print_progress(f"{step.rhythm.dag_id}: {step.state}")

    running = supervisor.running_service()
    if running is not None:
        consolidation.under_scheduler(AirflowApi(running), rhythms, conf, follow)
    else:
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            consolidation.in_this_process(rhythms, conf, follow, print_progress)
    keep_up(configured_lake(), keep_days=0, keep_files_days=0)
