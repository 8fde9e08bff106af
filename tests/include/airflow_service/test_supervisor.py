"""The small parts of the service that need no Airflow."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path

import psutil
import pytest

from include.airflow_service import supervisor
from include.airflow_service.processes import HOME_MARK, PART_MARK, SUPERVISOR, identity, marked
from include.airflow_service.supervisor import LOOPBACK, Service, reserved_port
from include.errors import CodexError
from include.settings import settings


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    monkeypatch.setenv("CODEX_HOME", str(tmp_path))
    (tmp_path / "airflow").mkdir()
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


def taken() -> socket.socket:
    return socket.create_server((LOOPBACK, 0))


def test_the_wished_port_is_taken_when_it_is_free() -> None:
    with taken() as listener:
        port = listener.getsockname()[1]
    with reserved_port(port) as found:
        assert found == port


def test_a_port_in_use_is_passed_over() -> None:
    with taken() as listener:
        port = listener.getsockname()[1]
        with reserved_port(port) as found:
            assert port < found < port + 200


def test_two_that_start_at_once_take_two_ports_and_each_can_listen() -> None:
    with taken() as listener:
        wished = listener.getsockname()[1]
    with reserved_port(wished) as first, reserved_port(wished) as second:
        assert wished == first < second
        with socket.create_server((LOOPBACK, first)), socket.create_server((LOOPBACK, second)):
            pass
    with reserved_port(wished) as again:
        assert again == wished


def test_no_free_port_is_told_with_what_to_do() -> None:
    with pytest.raises(CodexError, match="set CODEX_WEB_PORT"), reserved_port(65536):
        pass


def test_a_service_is_known_as_long_as_its_supervisor_lives(home: Path) -> None:
    assert supervisor.running_service() is None
    with process(SUPERVISOR) as alive:
        written = service(alive.pid)
        (home / "service.json").write_text(json.dumps(asdict(written)))
        assert supervisor.running_service() == written
    assert supervisor.running_service() is None


def test_another_process_with_the_supervisors_id_is_not_taken_for_it_nor_stopped(home: Path) -> None:
    """As after a power cut: the ids are given out anew."""
    with process("a stranger") as stranger, process(SUPERVISOR) as of_another_start:
        for written in (
            service(stranger.pid),
            replace(service(stranger.pid), identity=""),  # as earlier versions wrote it
            replace(service(of_another_start.pid), identity="another boot/4711"),
        ):
            (home / "service.json").write_text(json.dumps(asdict(written)))
            assert supervisor.running_service() is None
            assert supervisor.stop() is False
            assert stranger.poll() is None
            assert of_another_start.poll() is None


def test_what_a_killed_supervisor_left_behind_is_ended_and_nobody_else(home: Path) -> None:
    stubborn = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    with (
        process("left", before=stubborn, **{HOME_MARK: str(home)}) as left,
        process("of another home", **{HOME_MARK: f"{home}-two"}) as other,
        process("of no service", CODEX_HOME=str(home)) as command,
    ):
        assert [found.pid for found in supervisor.processes_of_service()] == [left.pid]
        supervisor.end(supervisor.processes_of_service(), patience=0.5)
        assert not psutil.pid_exists(left.pid)
        assert supervisor.processes_of_service() == []
        assert supervisor.stop() is False
        assert other.poll() is None
        assert command.poll() is None


def test_what_a_killed_component_started_is_found_without_it(home: Path) -> None:
    code = (
        "import subprocess, sys; "
        "worker = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'], start_new_session=True); "
        "print(worker.pid, flush=True);"
    )
    with process("scheduler", before=code, **{PART_MARK: "scheduler 1"}) as scheduler:
        assert scheduler.stdout is not None
        worker = int(scheduler.stdout.readline())
        scheduler.kill()
        scheduler.wait()
        assert [left.pid for left in marked(PART_MARK, "scheduler 1")] == [worker]
        assert marked(PART_MARK, "scheduler 2") == []
        supervisor.end(marked(PART_MARK, "scheduler 1"))
        assert marked(PART_MARK, "scheduler 1") == []


def service(pid: int) -> Service:
    return Service(pid, "http://127.0.0.1:8080", "admin", "secret", "postgresql://", identity(pid))


@contextmanager
def process(*arguments: str, before: str = "", **environment: str) -> Iterator[subprocess.Popen[str]]:
    """A process with these arguments and marks that waits, once it has done what comes before."""
    code = f"{before}\nprint('ready', flush=True)\nimport time\ntime.sleep(600)"
    started = subprocess.Popen(
        [sys.executable, "-c", code, *arguments], env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True
    )
    with started:
        try:
            if "print(worker" not in before:
                assert started.stdout is not None
                started.stdout.readline()
            yield started
        finally:
            started.kill()


@pytest.mark.parametrize("text", ["", "{", "{}", '{"pid": 1, "something": "else"}'])
def test_a_file_that_tells_of_no_service_is_no_service(home: Path, text: str) -> None:
    (home / "service.json").write_text(text)
    assert supervisor.running_service() is None


def test_secrets_are_made_once_and_for_the_owner_only(home: Path) -> None:
    first = supervisor.airflow_environment(8080)
    second = supervisor.airflow_environment(8081)
    secrets = ["AIRFLOW__API__SECRET_KEY", "AIRFLOW__API_AUTH__JWT_SECRET", "AIRFLOW__CORE__FERNET_KEY"]
    assert [first[name] for name in secrets] == [second[name] for name in secrets]
    assert len({first[name] for name in secrets}) == 3
    for name in ("secrets.json", "passwords.json"):
        assert (home / "airflow" / name).stat().st_mode & 0o077 == 0
    passwords = json.loads((home / "airflow" / "passwords.json").read_text())
    assert passwords["admin"] == json.loads((home / "airflow" / "secrets.json").read_text())["password"]


def test_all_addresses_are_of_the_loopback_interface_and_one_port(home: Path) -> None:
    environment = supervisor.airflow_environment(8123)
    assert environment["AIRFLOW__API__HOST"] == LOOPBACK
    assert environment["AIRFLOW__API__PORT"] == "8123"
    assert environment["AIRFLOW__API__BASE_URL"] == "http://127.0.0.1:8123"
    assert environment["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] == "http://127.0.0.1:8123/execution/"


def test_ending_processes_ends_all_that_they_started() -> None:
    code = (
        "import subprocess, sys, time\n"
        "sleep = [sys.executable, '-c', 'import time; time.sleep(600)']\n"
        "children = [subprocess.Popen(sleep), subprocess.Popen(sleep, start_new_session=True)]\n"
        "print(*(child.pid for child in children), flush=True)\n"
        "time.sleep(600)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert parent.stdout is not None
    pids = [int(pid) for pid in parent.stdout.readline().split()]
    supervisor.end([psutil.Process(parent.pid)])
    parent.wait(timeout=20)
    parent.stdout.close()
    assert len(pids) == 2
    assert not any(psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE for pid in pids)
