"""Warm start: what every task needs is imported before workers fork, so a task starts in a fraction of a second.

Measured on two cores: 3.5 s a dbt task cold, about 1 s warm (PLATFORM, Airflow).
"""

from __future__ import annotations

import gc
import importlib
import logging
import sys

log = logging.getLogger(__name__)

MODULES = (
    "cosmos.airflow.task_group",
    "cosmos.operators.local",
    "dbt.cli.main",
    "dbt.adapters.duckdb",
    "dbt.task.build",
    "duckdb",
    "psycopg",
    "include.gates",
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
    # Cosmos collects garbage after each dbt task: what was imported here is left out, and stays shared by workers.
    gc.collect()
    gc.freeze()
