"""The processes of a home's service: known by a mark in their environment, and ended with all that they started.

A process id says little: after a power cut it may be anybody's. What a process was started with, and when, is its own.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence
from pathlib import Path

import psutil

HOME_MARK = "CODEX_SERVICE"
"""In the environment of each process of a service, and of what it starts: the home that it serves."""
PART_MARK = "CODEX_SERVICE_PART"
"""In the environment of a component, and of what it starts: its name, and which start of it."""
READABLE_ENVIRONMENT = {"SPT_NOENV": "1"}
"""Airflow's processes give themselves titles, and would write over their environment for that."""
SUPERVISOR = "include.airflow_service.supervisor"
PATIENCE_SECONDS = 10
_STARTED = 19
"""Of what /proc/<pid>/stat has behind the name, the clock ticks from the machine's start to the process's."""


def identity(pid: int) -> str:
    """What tells a process from every other that has, had or will have its id; empty where there is none.

    Not the time of day when it started, which moves when the clock is set.
    """
    with contextlib.suppress(OSError):
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}/{Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()[_STARTED]}"
    with contextlib.suppress(psutil.Error):
        return str(psutil.Process(pid).create_time())
    return ""


def is_supervisor(process: psutil.Process) -> bool:
    """Whether a process runs, and is a service's supervisor by its command line."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE and SUPERVISOR in process.cmdline()
    except psutil.Error:
        return False


def marked(name: str, value: str) -> list[psutil.Process]:
    """The running processes that have a mark in their environment, but this one."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get(name) == value and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    own = psutil.Process()
    return [process for process in found if process != own]


def end(processes: Iterable[psutil.Process], *, patience: float = PATIENCE_SECONDS) -> None:
    """End processes and all that they started: asked first, and forced after `patience` seconds.

    One whose id has passed to another process meanwhile is left alone.
    """
    family = _with_children(processes)
    for process in family:
        with contextlib.suppress(psutil.Error):
            process.terminate()
    _, alive = psutil.wait_procs(family, timeout=patience)
    for process in alive:
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(alive, timeout=PATIENCE_SECONDS)


def _with_children(processes: Iterable[psutil.Process]) -> Sequence[psutil.Process]:
    family = dict.fromkeys(processes)
    for process in list(family):
        with contextlib.suppress(psutil.Error):
            family |= dict.fromkeys(process.children(recursive=True))
    return list(family)
