"""DuckDB sessions with limits: memory, threads, and room on the disk for what does not fit into memory.

Every session of this repository is opened with these limits; dbt's own by `include/dbt_project/duckdb_plugin.py`.
"""

from __future__ import annotations

import itertools
import os
import re
import shutil
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import psutil

from include.errors import CodexError
from include.settings import MEBIBYTE, home, settings

_numbers = itertools.count(1)


def limits() -> dict[str, Any]:
    """DuckDB's options that bound one new session, from `CODEX_MEMORY_LIMIT` and `CODEX_THREADS`.

    Each session spills into a folder of its own, which DuckDB makes when it needs it and removes at the session's end:
    two that share one would write into, and delete, the same files.
    """
    given = settings()
    home().spill.mkdir(parents=True, exist_ok=True)
    return {
        "memory_limit": f"{given.memory_limit // MEBIBYTE}MiB",
        "threads": given.threads,
        "temp_directory": str(home().spill / f"{socket.gethostname()}-{os.getpid()}-{next(_numbers)}"),
    }


def limit_spill(connection: duckdb.DuckDBPyConnection) -> None:
    """Bound what a session may put on the disk, from `CODEX_TEMP_LIMIT`: as an option, DuckDB does not hold to it."""
    connection.execute(f"SET max_temp_directory_size = '{settings().temp_limit // MEBIBYTE}MiB'")


@contextmanager
def session(options: Mapping[str, Any] | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """A bounded session in memory; `options` of DuckDB go before ours.

    Raises CodexError that names the setting where a statement needs more than it allows.
    """
    with memory_errors(), duckdb.connect(":memory:", config={**limits(), **(options or {})}) as connection:
        limit_spill(connection)
        yield connection


@contextmanager
def memory_errors(subject: str = "A query") -> Iterator[None]:
    """What does not fit within a block is a CodexError that names the setting; `subject` is what was at work."""
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise CodexError(f"{subject} {memory_advice(str(error))}") from error


def memory_advice(message: str) -> str | None:
    """For DuckDB's message that memory or room to spill ran out: the setting, its value, what to do. Else None."""
    if "Out of Memory Error" not in message:
        return None
    given = settings()
    if "max_temp_directory_size" in message:
        return (
            f"needs more room on the disk than CODEX_TEMP_LIMIT allows ({given.temp_limit // MEBIBYTE} MiB): "
            "set it higher, in the environment or .env."
        )
    return (
        f"needs more memory than CODEX_MEMORY_LIMIT allows ({given.memory_limit // MEBIBYTE} MiB): "
        "set it higher, in the environment or .env."
    )


def remove_abandoned_spill() -> int:
    """Delete what sessions of processes that were killed left on the disk; returns how many folders."""
    removed = 0
    name_of_ours = re.compile(re.escape(socket.gethostname()) + r"-(\d+)-\d+")
    for folder in _folders(home().spill):
        found = name_of_ours.fullmatch(folder.name)
        # Another machine's sessions, in the same home, are its own to judge.
        if found and not psutil.pid_exists(int(found[1])):
            shutil.rmtree(folder, ignore_errors=True)
            removed += 1
    return removed


def _folders(parent: Path) -> list[Path]:
    return [path for path in parent.iterdir() if path.is_dir()] if parent.exists() else []
