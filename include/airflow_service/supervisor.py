"""The running service: the embedded PostgreSQL and Airflow's four processes, under one supervisor.

`./codex up` starts the supervisor in a session of its own; everything it starts is in its process group, so stopping
is exact. A component that ends by itself is started again.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil
import psycopg

from include.airflow_service.logs import PARTS
from include.errors import CodexError
from include.installation.environment import store_running
from include.settings import REPOSITORY, home, settings
from include.store.address import store_url

COMPONENTS = tuple(part for part in PARTS if part != "service")
# The web UI reads logs from the disk: no log servers, which would listen on every interface at fixed ports.
_OPTIONS = {"scheduler": ("--skip-serve-logs",), "triggerer": ("--skip-serve-logs",)}
USER = "admin"
START_TIMEOUT_SECONDS = 600
"""The longest wait for the next step of a start, however slow or busy the machine is."""
STOP_TIMEOUT_SECONDS = 40
LOOPBACK = "127.0.0.1"
WATCH_SECONDS = 30
"""How often Airflow's processes are asked for a sign of life."""


@dataclass(frozen=True)
class Service:
    """What is known of a running service; written to `$CODEX_HOME/service.json` when it is ready."""

    pid: int
    web_url: str
    user: str
    password: str
    store_url: str

    def alive(self) -> bool:
        """Whether its supervisor runs."""
        try:
            process = psutil.Process(self.pid)
            return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
        except psutil.NoSuchProcess:
            return False


def running_service() -> Service | None:
    """The service of this `$CODEX_HOME`, or None where none runs."""
    try:
        service = Service(**json.loads(home().service.read_text()))
    except (FileNotFoundError, json.JSONDecodeError, TypeError):
        return None
    return service if service.alive() else None


def start(tell: Callable[[str], None]) -> Service:
    """Start the service and wait until it serves; returns it. One that runs already is left as it is."""
    service = running_service()
    if service is not None:
        return service
    home().logs.mkdir(parents=True, exist_ok=True)
    home().service.unlink(missing_ok=True)
    log = home().logs / "service.log"
    with log.open("w") as output:
        supervisor = subprocess.Popen(
            [sys.executable, "-m", "include.airflow_service.supervisor"],
            cwd=REPOSITORY,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(REPOSITORY), str(REPOSITORY / "plugins")])},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    told = 0
    while time.monotonic() < deadline:
        lines = [line for line in log.read_text().splitlines() if line.startswith("· ")]
        for line in lines[told:]:
            tell(line.removeprefix("· "))
            deadline = time.monotonic() + START_TIMEOUT_SECONDS
        told = len(lines)
        if supervisor.poll() is not None:
            raise CodexError(_why_not(log))
        service = running_service()
        if service is not None:
            return service
        time.sleep(0.2)
    stop_group(supervisor.pid)
    raise CodexError(f"The service's start stood still for {START_TIMEOUT_SECONDS} s. Its logs are in {home().logs}.")


def _why_not(log: Path) -> str:
    last = [line for line in log.read_text().splitlines() if line.strip()][-5:]
    return f"The service did not start. The end of {log}:\n" + "\n".join(f"  {line}" for line in last)


def stop() -> bool:
    """Stop the service and all it started; returns whether one ran."""
    service = running_service()
    if service is not None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(service.pid, signal.SIGTERM)
        _wait_gone(service.pid)
        stop_group(service.pid)
    home().service.unlink(missing_ok=True)
    if settings().postgres_db_url is None and (home().root / "postgres" / "postmaster.pid").exists():
        # A server that a killed process left behind: join it, and be the last to leave.
        with store_running():
            pass
    return service is not None


def _wait_gone(pid: int) -> None:
    with contextlib.suppress(psutil.NoSuchProcess, psutil.TimeoutExpired):
        psutil.Process(pid).wait(STOP_TIMEOUT_SECONDS)


def stop_group(group: int) -> None:
    """Stop a process group for good, and whatever its members had started in groups of their own."""
    left = [process for process in psutil.process_iter() if _in_group(process, group)]
    for process in list(left):
        with contextlib.suppress(psutil.NoSuchProcess):
            left += process.children(recursive=True)
    for process in left:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
    _, alive = psutil.wait_procs(left, timeout=10)
    for process in alive:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


def _in_group(process: psutil.Process, group: int) -> bool:
    try:
        return os.getpgid(process.pid) == group
    except (ProcessLookupError, PermissionError):
        return False


def free_port(wished: int) -> int:
    """The wished port on the loopback interface, or the next that is free."""
    for port in range(wished, min(wished + 200, 65536)):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
            return port
    raise CodexError(f"No free port between {wished} and {wished + 199}; set CODEX_WEB_PORT.")


def airflow_environment(port: int) -> dict[str, str]:
    """What Airflow's processes need beyond `environment()`: one address, shared secrets, one user."""
    kept = _secrets()
    passwords = home().airflow / "passwords.json"
    passwords.write_text(json.dumps({USER: kept["password"]}))
    passwords.chmod(0o600)
    url = f"http://{LOOPBACK}:{port}"
    return {
        **os.environ,
        "AIRFLOW__API__HOST": LOOPBACK,
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": url,
        "AIRFLOW__API__SECRET_KEY": kept["secret_key"],
        "AIRFLOW__API_AUTH__JWT_SECRET": kept["jwt_secret"],
        "AIRFLOW__CORE__FERNET_KEY": kept["fernet_key"],
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords),
        "NO_COLOR": "1",
    }


def _secrets() -> dict[str, str]:
    """This installation's secrets, made once, readable by the owner only."""
    path = home().airflow / "secrets.json"
    if path.exists():
        known: dict[str, str] = json.loads(path.read_text())
        return known
    from cryptography.fernet import Fernet

    made = {
        "password": secrets.token_urlsafe(12),
        "secret_key": secrets.token_urlsafe(32),
        "jwt_secret": secrets.token_urlsafe(48),
        "fernet_key": Fernet.generate_key().decode(),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(json.dumps(made))
    return made


def supervise() -> None:
    """Run the service until SIGTERM: store, preparation, Airflow's processes, each with a log of its own."""
    stopping = False

    def on_signal(_number: int, _frame: Any) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    say = _sayer()
    say("Starting the store")
    with store_running(airflow=True):
        from include.installation.prepare import prepare, prepare_airflow

        prepare(say)
        prepare_airflow(say)
        port = free_port(settings().codex_web_port)
        if port != settings().codex_web_port:
            say(f"Port {settings().codex_web_port} is taken; the web UI is on {port}")
        environment = airflow_environment(port)
        say("Starting Airflow")
        with _components(environment) as processes:
            url = environment["AIRFLOW__API__BASE_URL"]
            os.environ["AIRFLOW__API__BASE_URL"] = url
            ready = False
            watched = time.monotonic()
            while not stopping:
                _restart_ended(processes, environment)
                if not ready and _serves(url):
                    service = Service(os.getpid(), url, USER, _secrets()["password"], store_url())
                    home().service.touch(mode=0o600)
                    temporary = home().service.with_suffix(".tmp")
                    temporary.touch(mode=0o600)
                    temporary.write_text(json.dumps(asdict(service)))
                    temporary.replace(home().service)
                    ready = True
                if ready and time.monotonic() - watched > WATCH_SECONDS:
                    _watch(url)
                    watched = time.monotonic()
                time.sleep(0.5)
        home().service.unlink(missing_ok=True)


def _sayer() -> Callable[[str], None]:
    def say(text: str) -> None:
        sys.stdout.write(f"· {text}\n")
        sys.stdout.flush()

    return say


@contextlib.contextmanager
def _components(environment: dict[str, str]) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    """Airflow's processes, stopped with all their children at the end of the block."""
    processes = {name: _start(name, environment) for name in COMPONENTS}
    try:
        yield processes
    finally:
        family = [child for process in processes.values() for child in _family(process.pid)]
        for process in processes.values():
            process.terminate()
        _, alive = psutil.wait_procs(family, timeout=20)
        for left in alive:
            with contextlib.suppress(psutil.NoSuchProcess):
                left.kill()
        for process in processes.values():
            process.wait()


def _family(pid: int) -> list[psutil.Process]:
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _start(component: str, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    with (home().logs / f"{component}.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "airflow", component, *_OPTIONS.get(component, ())],
            env=environment,
            cwd=home().airflow,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )


def _restart_ended(processes: dict[str, subprocess.Popen[bytes]], environment: dict[str, str]) -> None:
    for name, process in processes.items():
        if process.poll() is not None:
            sys.stdout.write(f"{name} ended with {process.returncode}; starting it again\n")
            sys.stdout.flush()
            time.sleep(1)
            processes[name] = _start(name, environment)


def _watch(url: str) -> None:
    """Tell when a process of Airflow gives no sign of life: a scheduler that stands still can't tell by itself."""
    from codex_dreams.alerts import alert
    from include.monitoring.slas.episodes import judge
    from include.monitoring.slas.measures import signs_of_life
    from include.store.connection import connect

    try:
        for reading in signs_of_life(_health(url)):
            with connect(store_url()) as store:
                notice = judge(store, reading)
            if notice is not None:
                alert(notice)
    except (CodexError, psycopg.Error) as error:
        sys.stdout.write(f"Signs of life could not be looked at: {error}\n")
        sys.stdout.flush()


def _health(url: str) -> dict[str, Any]:
    """What the API server says of Airflow's processes; nothing where it does not answer."""
    import requests

    try:
        told: dict[str, Any] = requests.get(f"{url}/api/v2/monitor/health", timeout=2).json()
    except (requests.RequestException, ValueError):
        return {}
    return told


def _serves(url: str) -> bool:
    health = _health(url)
    return all(
        health.get(part, {}).get("status") == "healthy" for part in ("metadatabase", "scheduler", "dag_processor")
    )


if __name__ == "__main__":
    try:
        supervise()
    except CodexError as error:
        sys.exit(str(error))
