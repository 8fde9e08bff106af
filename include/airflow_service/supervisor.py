"""The running service: the embedded PostgreSQL and Airflow's four processes, under one supervisor.

`./codex up` starts the supervisor in a session of its own. Everything it starts bears a mark of this home
(`processes.py`), so that it is found and ended, whatever became of the supervisor. A component that ends by itself is
started again, and so is the embedded PostgreSQL, before all others.
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
from include.airflow_service.metadata import settle_metadata
from include.airflow_service.processes import (
    HOME_MARK,
    PART_MARK,
    READABLE_ENVIRONMENT,
    SUPERVISOR,
    end,
    identity,
    is_supervisor,
    marked,
)
from include.errors import CodexError
from include.installation.environment import store_running
from include.installation.privacy import make_private, private_files
from include.rhythms.turn import service_turn
from include.settings import REPOSITORY, home, settings
from include.store.address import store_url
from include.store.embedded import EmbeddedPostgres

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
    identity: str = ""
    """Of its supervisor, so that another process with the same id is not taken for it (`processes.identity`)."""

    def alive(self) -> bool:
        """Whether its supervisor runs."""
        try:
            process = psutil.Process(self.pid)
        except psutil.NoSuchProcess:
            return False
        return is_supervisor(process) and self.identity in ("", identity(self.pid))


def running_service() -> Service | None:
    """The service of this `$CODEX_HOME`, or None where none runs."""
    try:
        service = Service(**json.loads(home().service.read_text()))
    except (FileNotFoundError, NotADirectoryError, json.JSONDecodeError, TypeError):
        return None
    return service if service.alive() else None


def start(tell: Callable[[str], None]) -> Service:
    """Start the service and wait until it serves; returns it. One that runs already is left as it is.

    What a killed supervisor left behind is ended first. One that somebody else starts at the moment is waited for.
    """
    service = running_service()
    if service is not None:
        return service
    log = home().logs / "service.log"
    supervisor = _starting() or _launched(log, tell)
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    told = 0
    while time.monotonic() < deadline:
        lines = [line for line in log.read_text().splitlines() if line.startswith("· ")]
        for line in lines[told:]:
            tell(line.removeprefix("· "))
            deadline = time.monotonic() + START_TIMEOUT_SECONDS
        told = len(lines)
        if not is_supervisor(supervisor):
            raise CodexError(_why_not(log))
        service = running_service()
        if service is not None:
            return service
        time.sleep(0.2)
    end(processes_of_service())
    raise CodexError(f"The service's start stood still for {START_TIMEOUT_SECONDS} s. Its logs are in {home().logs}.")


def _starting() -> psutil.Process | None:
    """The supervisor that is about to serve this home, where there is one."""
    return next((process for process in processes_of_service() if is_supervisor(process)), None)


def _launched(log: Path, tell: Callable[[str], None]) -> psutil.Process:
    leftovers = processes_of_service()
    if leftovers:
        tell(f"Ending {len(leftovers)} processes that an earlier service left behind")
        end(leftovers)
    home().service.unlink(missing_ok=True)
    with private_files():
        home().logs.mkdir(parents=True, exist_ok=True)
        output = log.open("w")
    with output:
        supervisor = subprocess.Popen(
            [sys.executable, "-m", SUPERVISOR],
            cwd=REPOSITORY,
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join([str(REPOSITORY), str(REPOSITORY / "plugins")]),
                HOME_MARK: str(home().root),
            },
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return psutil.Process(supervisor.pid)


def processes_of_service() -> list[psutil.Process]:
    """All processes of this home's service that run, whether or not their supervisor does."""
    return marked(HOME_MARK, str(home().root))


def _why_not(log: Path) -> str:
    last = [line for line in log.read_text().splitlines() if line.strip()][-5:]
    return f"The service did not start. The end of {log}:\n" + "\n".join(f"  {line}" for line in last)


def stop() -> bool:
    """Stop the service and all it started, also what is left of one whose supervisor was killed.

    Returns whether anything of it ran.
    """
    service = running_service()
    supervisors = [process for process in processes_of_service() if is_supervisor(process)]
    if service is not None:
        supervisors.append(psutil.Process(service.pid))
    for process in supervisors:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
    psutil.wait_procs(supervisors, timeout=STOP_TIMEOUT_SECONDS)
    leftovers = processes_of_service()
    end([*supervisors, *leftovers])
    home().service.unlink(missing_ok=True)
    if settings().postgres_db_url is None and (home().root / "postgres" / "postmaster.pid").exists():
        # A server that a killed process left behind: join it, and be the last to leave.
        with store_running():
            pass
    return bool(supervisors or leftovers)


@contextlib.contextmanager
def reserved_port(wished: int) -> Iterator[int]:
    """The wished port on the loopback interface, or the next that is free; no other service takes it in this block.

    Airflow binds its port many seconds after it was chosen. Until then a UDP socket of the same number stands for it:
    it is exclusive, dies with its holder, and is no hindrance to the server that is to come.
    """
    for port in range(wished, min(wished + 200, 65536)):
        with (
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as reservation,
            socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe,
        ):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                reservation.bind((LOOPBACK, port))
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
            probe.close()
            yield port
            return
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
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords),
        "NO_COLOR": "1",
        HOME_MARK: str(home().root),
        **READABLE_ENVIRONMENT,
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
    os.environ.pop(HOME_MARK, None)  # the store's server, which others use as well, is no process of the service
    say = _sayer()
    say("Starting the store")
    with store_running(airflow=True) as server, _Turn(say) as turn, contextlib.ExitStack() as held:
        from include.installation.prepare import prepare, prepare_airflow

        make_private()
        prepare(say)
        prepare_airflow(say)
        settle_metadata()
        port = held.enter_context(reserved_port(settings().codex_web_port))
        if port != settings().codex_web_port:
            say(f"Port {settings().codex_web_port} is taken; the web UI is on {port}")
        environment = airflow_environment(port)
        say("Starting Airflow")
        with _components(environment) as components:
            url = environment["AIRFLOW__API__BASE_URL"]
            os.environ["AIRFLOW__API__BASE_URL"] = url
            ready = False
            watched = time.monotonic()
            while not stopping:
                if _revived(server):
                    turn.renew()
                _restart_ended(components)
                ready = ready or _serves(url)
                if ready and not home().service.exists():
                    _write(Service(os.getpid(), url, USER, _secrets()["password"], store_url(), identity(os.getpid())))
                if ready and time.monotonic() - watched > WATCH_SECONDS:
                    turn.keep()
                    _watch(url)
                    watched = time.monotonic()
                time.sleep(0.5)
        home().service.unlink(missing_ok=True)


def _write(service: Service) -> None:
    temporary = home().service.with_suffix(".tmp")
    temporary.touch(mode=0o600)
    temporary.write_text(json.dumps(asdict(service)))
    temporary.replace(home().service)


class _Turn:
    """The store's rhythms are this service's, also after the store's server was started anew."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._held = contextlib.ExitStack()
        self._take(say)

    def _take(self, held: Callable[[str], None]) -> None:
        self._connection = self._held.enter_context(service_turn(store_url(), held))

    def __enter__(self) -> _Turn:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(psycopg.Error):  # its server may be gone
            self._held.close()

    def keep(self) -> None:
        """Take the turn again where its connection was lost."""
        try:
            self._connection.execute("SELECT 1")
        except psycopg.Error:
            self.renew()

    def renew(self) -> None:
        """Take the turn again; where that can't be now, `keep` tries it later."""

        def not_now(reason: str) -> None:
            raise CodexError(reason)

        self.__exit__()
        try:
            self._take(not_now)
        except (CodexError, psycopg.Error) as error:
            _log(f"The turn to run the rhythms could not be taken again: {error}")


def _revived(server: EmbeddedPostgres | None) -> bool:
    """Start the embedded PostgreSQL again where it has ended; returns whether it had. Nothing else works without it."""
    if server is None or server.alive():
        return False
    _log("PostgreSQL has ended; starting it again")
    try:
        server.revive()
    except CodexError as error:
        _log(str(error))
        time.sleep(1)
        return False
    return True


def _log(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _sayer() -> Callable[[str], None]:
    def say(text: str) -> None:
        sys.stdout.write(f"· {text}\n")
        sys.stdout.flush()

    return say


@contextlib.contextmanager
def _components(environment: dict[str, str]) -> Iterator[dict[str, _Component]]:
    """Airflow's processes, stopped with all their children at the end of the block."""
    components = {name: _Component(name, environment) for name in COMPONENTS}
    try:
        yield components
    finally:
        end((process for component in components.values() for process in component.processes()), patience=20)
        end(processes_of_service())
        for component in components.values():
            component.process.wait()


class _Component:
    """One of Airflow's processes, and what it starts."""

    def __init__(self, name: str, environment: dict[str, str]) -> None:
        self.name = name
        self._environment = environment
        self.start()

    def start(self) -> None:
        """Start it, with a log of its own."""
        self._part = f"{self.name} {secrets.token_hex(8)}"
        with (home().logs / f"{self.name}.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "airflow", self.name, *_OPTIONS.get(self.name, ())],
                env=self._environment | {PART_MARK: self._part},
                cwd=home().airflow,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def processes(self) -> list[psutil.Process]:
        """It and what it has started, as far as they run; also without it."""
        return marked(PART_MARK, self._part)


def _restart_ended(components: dict[str, _Component]) -> None:
    """Start again what ended by itself or was killed, after what it left behind was ended."""
    for component in components.values():
        if component.process.poll() is not None:
            _log(f"{component.name} ended with {component.process.returncode}; starting it again")
            end(component.processes())
            if component.name == "scheduler":
                with contextlib.suppress(CodexError, psycopg.Error):
                    settle_metadata()
            time.sleep(1)
            component.start()


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
        _log(f"Signs of life could not be looked at: {error}")


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
