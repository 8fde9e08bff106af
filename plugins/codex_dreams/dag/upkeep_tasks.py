"""The tasks of `maintenance` and `health`. They are of now, not of a run's instant."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from airflow.configuration import conf
from airflow.sdk import task
from airflow.sdk.exceptions import AirflowSkipException

from codex_dreams.alerts import alert
from codex_dreams.hooks.language_model import language_model
from include.airflow_service.retention import clean_metadata, remove_old_logs, shorten_service_logs
from include.installation.backup import make_backup
from include.installation.doctor import repair
from include.installation.environment import LANGUAGE_MODEL_CONN_ID
from include.installation.privacy import exposed
from include.lake.connection import configured_lake
from include.lake.upkeep import keep_up
from include.language_model.retention import drop_unused
from include.monitoring.health import check as check_parts
from include.monitoring.health import disks, record
from include.monitoring.slas.episodes import judge
from include.monitoring.slas.measures import readings
from include.settings import home, settings
from include.store.address import embedded, metadata_url, store_url
from include.store.connection import connect

log = logging.getLogger(__name__)


@task(multiple_outputs=False)
def drop_unused_answers() -> dict[str, Any]:
    """Drops answers and vectors of former models and gone memories that were not used for 90 days, and old calls.

    Returns how many answers, vectors and calls went.
    """
    dropped = drop_unused(configured_lake())
    log.info("%s", dropped)
    return dict(vars(dropped))


@task(multiple_outputs=False, trigger_rule="all_done")
def keep_up_the_lake() -> dict[str, Any]:
    """Mends doubled and orphaned rows, merges small files, expires old snapshots, removes files nobody refers to.

    Returns how many of each.
    """
    mended = repair(configured_lake())
    for finding in mended:
        log.warning("%s: %d %s rows were mended", finding.place, finding.rows, finding.trouble)
    done = keep_up(configured_lake())
    log.info("%s", done)
    return {"mended_rows": sum(finding.rows for finding in mended)} | vars(done)


@task(multiple_outputs=False, trigger_rule="all_done")
def back_up() -> dict[str, Any]:
    """Makes a backup and lets go of the oldest; skipped where `CODEX_BACKUPS_KEPT` is 0.

    Returns path, bytes, memories, files of the lake, and how many older backups were removed.
    """
    given = settings()
    if given.codex_backups_kept == 0:
        raise AirflowSkipException("CODEX_BACKUPS_KEPT is 0")
    made = make_backup(
        configured_lake(), given.backup_path, whole_database=embedded(), keep=given.codex_backups_kept, tell=log.info
    )
    log.info("%s", made)
    return {**vars(made), "path": str(made.path)}


@task(multiple_outputs=False, trigger_rule="all_done")
def clear_old_runs() -> dict[str, Any]:
    """Deletes old rows of Airflow's metadata, old logs of tasks, and shortens the service's logs.

    Returns how many logs were removed, which were shortened, and before when rows went (null: not known).
    """
    logs = Path(conf.get_mandatory_value("logging", "base_log_folder"))
    done: dict[str, Any] = {
        "removed_logs": remove_old_logs(logs) if logs.is_dir() else 0,
        "shortened_logs": shorten_service_logs(home().logs),
        "rows_before": None,
    }
    url = metadata_url()
    if url is None:
        log.info("Airflow's metadata is left as it is: CODEX_AIRFLOW_DATABASE does not say where it is")
    else:
        done["rows_before"] = clean_metadata(url).isoformat()
    log.info("%s", done)
    return done


@task(multiple_outputs=False)
def check() -> dict[str, str]:
    """Checks every part and records what it found; a part that is down does not fail the task.

    Returns each part's status; fails only when the store, where health is recorded, can't be used.
    """
    components = check_parts(
        configured_lake(),
        lambda: language_model(LANGUAGE_MODEL_CONN_ID),
        metadata_url=metadata_url(),
        disks=disks(home().root, settings().lake_path),
        exposed=exposed,
    )
    for component in components:
        log.info("%s: %s (%s)", component.name, component.status, component.reason)
    record(store_url(), components)
    return {component.name: component.status for component in components}


@task(multiple_outputs=False)
def targets() -> dict[str, str]:
    """Opens and closes the episodes in which a target is missed, and alerts for each; returns what was measured."""
    taken = readings(configured_lake(), settings().zone)
    for reading in taken:
        with connect(store_url()) as store:
            notice = judge(store, reading)
        if notice is not None:
            alert(notice)
    return {f"{reading.kind}: {reading.subject}": reading.measured for reading in taken}
