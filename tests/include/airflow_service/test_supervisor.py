"""The small parts of the service that need no Airflow."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from include.airflow_service import supervisor
from include.airflow_service.supervisor import LOOPBACK, Service, free_port
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
    assert free_port(port) == port


def test_a_port_in_use_is_passed_over() -> None:
    with taken() as listener:
        port = listener.getsockname()[1]
        found = free_port(port)
        assert port < found < port + 200
        with socket.create_server((LOOPBACK, found)):
            assert found < free_port(port) < port + 200


def test_no_free_port_is_told_with_what_to_do() -> None:
    with pytest.raises(CodexError, match="set CODEX_WEB_PORT"):
        free_port(65536)


def test_a_service_is_known_as_long_as_its_supervisor_lives(home: Path) -> None:
    assert supervisor.running_service() is None
    written = Service(os.getpid(), "http://127.0.0.1:8080", "admin", "secret", "postgresql://")
    (home / "service.json").write_text(json.dumps(asdict(written)))
    assert supervisor.running_service() == written
    over = subprocess.Popen([sys.executable, "-c", ""])
    over.wait()
    (home / "service.json").write_text(json.dumps(asdict(written) | {"pid": over.pid}))
    assert supervisor.running_service() is None


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


def test_stopping_a_group_stops_all_that_it_started() -> None:
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
    supervisor.stop_group(parent.pid)
    parent.wait(timeout=20)
    parent.stdout.close()
    assert len(pids) == 2
    assert not any(Service(pid, "", "", "", "").alive() for pid in pids)
