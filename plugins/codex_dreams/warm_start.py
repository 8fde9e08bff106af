"""Warm start: what each task would do anew is done once, before workers fork.

Three things make a task slow that begins in a fresh process: imports; what libraries make when they are first used
(dbt: nine tenths of a first parse are code that is generated for its classes, and schemas); and reading what does not
change (the dbt project, its lineage).
"""

from __future__ import annotations

import gc
import importlib
import logging
import sys
import time
from pathlib import Path

log = logging.getLogger(__name__)

MODULES = (
    "cosmos.airflow.task_group",
    "cosmos.operators.local",
    "dbt.cli.main",
    "dbt.adapters.duckdb",
    "dbt.task.build",
    "duckdb",
    "psycopg",
    "include.rhythms.gates",
    "include.language_model.enrichment",
    "include.served.publish",
)

PROCESSES_THAT_FORK = {"scheduler", "dag-processor", "standalone"}


def warm_up() -> None:
    """Import what tasks need, in processes that fork workers from themselves; others stay light."""
    if not PROCESSES_THAT_FORK & set(sys.argv):
        return
    for name in MODULES:
        try:
            importlib.import_module(name)
        except ImportError:
            log.warning("warm start: %s can't be imported", name, exc_info=True)
    _freeze()


def rehearse() -> None:
    """Go through what a task does, as far as it needs no database, for the workers that are forked afterwards.

    A step that fails is left to the tasks, which then say what is wrong.
    """
    for step in (_read_dags, _read_project, _read_lineage, _answer_examples):
        began = time.monotonic()
        try:
            step()
        except Exception:
            log.warning("rehearsal: %s failed", step.__name__, exc_info=True)
        log.info("rehearsal: %s took %.1f s", step.__name__, time.monotonic() - began)
    _freeze()


def _read_dags() -> None:
    """Each DAG file: operators, hooks and providers are imported on the way."""
    from airflow.configuration import conf

    from include.internals import read_dags_as_tasks_do

    read_dags_as_tasks_do(Path(conf.get_mandatory_value("core", "dags_folder")))


def _read_project() -> None:
    """The dbt project, parsed and kept."""
    from include.dbt_project.project import keep_parsed

    keep_parsed()


def _read_lineage() -> None:
    """What each served table is made of: publishing asks for it."""
    from include.served.tables import served_tables

    served_tables()


def _answer_examples() -> None:
    """Each question once to the embedded model, where it answers: its word lists and patterns are read at first use."""
    from include.language_model.calibration import calibrate
    from include.language_model.choice import embedded_model
    from include.language_model.tasks import TASKS
    from include.settings import settings

    if settings().ollama_url is not None or settings().openai_base_url is not None:
        return
    model = embedded_model()
    calibrate(model)
    for task in TASKS.values():
        model.answer(task, task.example)


def _freeze() -> None:
    """Leave what is there out of garbage collection: it stays shared with the workers."""
    gc.collect()
    gc.freeze()
