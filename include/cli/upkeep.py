"""`backup`, `restore-backup`, `forget`."""

from __future__ import annotations

import io
from contextlib import redirect_stderr, redirect_stdout
from typing import Annotated, Any

import typer

from include.airflow_service import supervisor
from include.airflow_service.api import AirflowApi
from include.cli.output import AsJson, console, errors, print_json, say, shown, told
from include.curation.forget import forget, to_forget
from include.errors import CodexError
from include.formats import local_time
from include.installation.backup import chosen_backup, make_backup, read_backup, restore_backup
from include.installation.environment import store_running
from include.installation.prepare import check_prepared, prepare, prepare_airflow
from include.lake.connection import configured_lake
from include.lake.upkeep import keep_up
from include.rhythms.catalogue import NIGHT
from include.runs import consolidation
from include.settings import settings
from include.store.address import embedded

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


@told
def backup(as_json: AsJson = False) -> None:
    """Back up the store and the lake into one file. The service may run."""
    with store_running():
        check_prepared()
        given = settings()
        made = make_backup(
            configured_lake(),
            given.backup_path,
            whole_database=embedded(),
            keep=max(1, given.codex_backups_kept),
            tell=say,
        )
    if as_json:
        print_json(
            {
                "path": str(made.path),
                "bytes": made.size_bytes,
                "memories": made.memories,
                "lake_files": made.files,
                "removed": made.removed,
            }
        )
        return
    console.print(
        f"{shown(str(made.path))}: {made.size_bytes / 1024**2:.1f} MiB, {made.memories} memories, "
        f"{made.files} files of the lake"
    )


@told
def restore(
    wanted: Annotated[str, typer.Argument(metavar="FILE|latest", help="A backup, or the newest one.")],
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Put a backup in the place of store and lake. What is there is kept aside; the service must be stopped."""
    if supervisor.running_service() is not None:
        raise CodexError("The service is running: ./codex down, then restore.")
    path = chosen_backup(settings().backup_path, wanted)
    about = read_backup(path)
    if not yes:
        question = f"Restore {path.name} of {local_time(about.made_at)} ({about.memories} memories)?"
        if not typer.confirm(question, err=True):
            raise CodexError("Nothing was restored.")
    with store_running():
        done = restore_backup(configured_lake(), path, whole_database=embedded(), tell=say)
        prepare(say)
    if as_json:
        print_json(
            {
                "path": str(done.path),
                "made_at": done.made_at,
                "memories": done.memories,
                "lake_files": done.files,
                "database_kept_as": done.database_kept_as,
                "lake_kept_as": done.lake_kept_as and str(done.lake_kept_as),
            }
        )
        return
    console.print(
        f"Restored: {done.memories} memories, {done.files} files of the lake, as of {local_time(done.made_at)}."
    )
    if done.database_kept_as:
        console.print(f"  the database of before is {done.database_kept_as}")
    if done.lake_kept_as:
        console.print(f"  the lake of before is {shown(str(done.lake_kept_as))}")
    if done.database_kept_as or done.lake_kept_as:
        console.print("  delete them when nothing of them is missed")


@told
def forget_memories(
    ids: Annotated[list[str], typer.Argument(metavar="ID…", help="Ids, or their beginnings, as query shows them.")],
    yes: Yes = False,
    now: Annotated[
        bool, typer.Option("--now", help="Also run the rhythms and expire the lake's history, which can't be undone.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Forget memories, and what was derived from them alone. Readers see nothing of them from then on."""
    with store_running(airflow=now):
        check_prepared()
        chosen = to_forget(configured_lake(), ids)
        if not yes:
            for memory_id, text in chosen.items():
                errors.print(f"  {memory_id}  {shown(text or '(forgotten)')}")
            if not typer.confirm(f"Forget {len(chosen)} of them for good?", err=True):
                raise CodexError("Nothing was forgotten.")
        done = forget(configured_lake(), list(chosen), owned=embedded())
        if now:
            _settle()
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


def _settle() -> None:
    """Let the rhythms take it along, and let go of the lake's history."""
    rhythms = [
        rhythm
        for rhythm in NIGHT
        if rhythm.command in {"working", "insights", "short_term", "hippocampal", "deep_sleep"}
    ]
    conf: dict[str, Any] = {"asleep": False}

    def follow(step: consolidation.Step) -> None:
        if step.state in {"success", "failed"}:
            say(f"{step.rhythm.dag_id}: {step.state}")

    running = supervisor.running_service()
    if running is not None:
        consolidation.under_scheduler(AirflowApi(running), rhythms, conf, follow)
    else:
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            prepare_airflow()
            consolidation.in_this_process(rhythms, conf, follow)
    keep_up(configured_lake(), keep_days=0, keep_files_days=0)
