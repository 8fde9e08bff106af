"""`backup`, `restore-backup`."""

from __future__ import annotations

from typing import Annotated

import typer

from include.airflow_service import supervisor
from include.cli.options import AsJson, Yes
from include.cli.output import console, escaped, explain_errors, print_json
from include.errors import CodexError
from include.formats import local_time, print_progress
from include.installation.backup import chosen_backup, make_backup, read_backup, restore_backup
from include.installation.environment import store_running
from include.installation.prepare import check_prepared, prepare
from include.lake.connection import configured_lake
from include.settings import settings
from include.store.address import embedded


@explain_errors
def backup(as_json: AsJson = False) -> None:
    """Back up the store and the lake into one file.

    The service may run.
    """
    with store_running():
        check_prepared()
        given = settings()
        made = make_backup(
            configured_lake(),
            given.backup_path,
            whole_database=embedded(),
            keep=max(1, given.codex_backups_kept),
            tell=print_progress,
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
        f"{escaped(str(made.path))}: {made.size_bytes / 1024**2:.1f} MiB, {made.memories} memories, "
        f"{made.files} files of the lake"
    )


@explain_errors
def restore(
    wanted: Annotated[str, typer.Argument(metavar="FILE|latest", help="A backup, or the newest one.")],
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Put a backup in the place of store and lake.

    What is there is kept aside. The service must be stopped.
    """
    if supervisor.running_service() is not None:
        raise CodexError("The service is running: ./codex down, then restore.")
    path = chosen_backup(settings().backup_path, wanted)
    about = read_backup(path)
    if not yes:
        question = f"Restore {path.name} of {local_time(about.made_at)} ({about.memories} memories)?"
        if not typer.confirm(question, err=True):
            raise CodexError("Nothing was restored.")
    with store_running():
        done = restore_backup(configured_lake(), path, whole_database=embedded(), tell=print_progress)
        prepare(print_progress)
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
        console.print(f"  the lake of before is {escaped(str(done.lake_kept_as))}")
    if done.database_kept_as or done.lake_kept_as:
        console.print("  delete them when nothing of them is missed")
