"""A campaign of kills on a busy service: `python -m tests.faults.chaos --seed 1 --kills 20`, or `make chaos`.

Each seed is a home of its own. Notes are saved all the time; at moments that the seed chooses, a part is killed with
-9: one of Airflow's, a task, a backend of PostgreSQL or its postmaster, the supervisor, or all at once. Where the
service is gone with its supervisor, `./codex up` brings it back, as its owner would; nothing else is done by hand. At
the end all is worked off, and must be as if nothing had happened: nothing lost, nothing twice, no process, port or
lock left.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import psycopg

from include.airflow_service.processes import HOME_MARK, PART_MARK
from include.airflow_service.supervisor import COMPONENTS, Service
from include.settings import REPOSITORY
from tests.system.test_under_the_scheduler import zone_where_it_is_noon

SETTLED_WITHIN_SECONDS = 900
ACTIVE_SECONDS = 6.0
"""The longest time between two kills."""
KINDS = (*COMPONENTS, "task", "backend", "postmaster", "supervisor", "all")


@dataclass
class Result:
    """What came of one seed."""

    seed: int
    kills: Counter[str] = field(default_factory=Counter)
    saved: int = 0
    troubles: list[str] = field(default_factory=list)

    def as_row(self) -> str:
        """A row of the table of faults and results."""
        killed = ", ".join(f"{kind} {count}" for kind, count in sorted(self.kills.items()))
        return f"seed {self.seed}: {self.kills.total()} kills ({killed}); {self.saved} notes; " + (
            "; ".join(self.troubles) or "nothing lost, nothing doubled, nobody needed"
        )


class Home:
    """One installation, used as its owner uses it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("AIRFLOW", "CODEX", "POSTGRES_DB", "OLLAMA"))
        } | {
            "CODEX_HOME": str(folder),
            "CODEX_TIMEZONE": zone_where_it_is_noon(),
            "PYTHONPATH": os.pathsep.join(map(str, (REPOSITORY, REPOSITORY / "plugins"))),
        }

    def codex(self, *arguments: str, given: str | None = None) -> Any:
        """What a command prints as JSON. Raises AssertionError when it fails."""
        ended = subprocess.run(
            [sys.executable, "-m", "include.cli", *arguments, "--json"],
            **{"cwd": REPOSITORY, "env": self._environment, "capture_output": True, "text": True, "input": given},
            timeout=900,
            check=False,
        )
        assert ended.returncode == 0, f"{arguments}: {ended.stdout}\n{ended.stderr}"
        return json.loads(ended.stdout)

    def service(self) -> Service:
        """The service that runs."""
        return Service(**json.loads((self.folder / "service.json").read_text()))

    def processes(self) -> list[psutil.Process]:
        """Everything that bears this home's mark."""
        return list(self._marked(HOME_MARK, str(self.folder)))

    def part(self, name: str) -> list[psutil.Process]:
        """A component of Airflow and what it has started."""
        return [process for process in self.processes() if process.environ().get(PART_MARK, "").startswith(f"{name} ")]

    def postmaster(self) -> psutil.Process:
        """The embedded PostgreSQL."""
        return psutil.Process(int((self.folder / "postgres" / "postmaster.pid").read_text().split()[0]))

    @staticmethod
    def _marked(name: str, value: str) -> Iterator[psutil.Process]:
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if process.environ().get(name) == value and process.status() != psutil.STATUS_ZOMBIE:
                    yield process


def victims(home: Home, kind: str, chance: random.Random) -> Sequence[psutil.Process]:
    """The processes that a kill of this kind takes; none where there is none at the moment."""
    service = home.service()
    if kind == "all":
        return [*home.processes(), home.postmaster()]
    if kind == "supervisor":
        return [psutil.Process(service.pid)]
    if kind == "postmaster":
        return [home.postmaster()]
    if kind == "backend":
        backends = home.postmaster().children()
        return [chance.choice(backends)] if backends else []
    if kind == "task":
        tasks = [process for process in home.part("scheduler") if process.ppid() != service.pid]
        return [chance.choice(tasks)] if tasks else []
    return [process for process in home.part(kind) if process.ppid() == service.pid]


def until(true: Callable[[], bool], seconds: float) -> bool:
    """Whether something came to pass in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with suppress(psycopg.Error, AssertionError, psutil.Error, OSError):
            if true():
                return True
        time.sleep(1)
    return False


def campaign(seed: int, kills: int, folder: Path) -> Result:
    """Kill, let it settle, and look at what is left."""
    chance = random.Random(seed)
    home, result = Home(folder), Result(seed)
    texts: set[str] = set()

    def save() -> None:
        text = f"Note {len(texts)} of seed {seed}: the pump number {chance.randrange(10**6)} was mended."
        with suppress(AssertionError):  # the store was killed at that moment; the owner tries again
            home.codex("remember", "--text", text)
            texts.add(text)

    home.codex("up")
    while result.kills.total() < kills:
        save()
        time.sleep(chance.uniform(0, ACTIVE_SECONDS))
        kind = chance.choice(KINDS)
        with suppress(psutil.Error, OSError):
            taken = victims(home, kind, chance)
            for process in taken:
                with suppress(psutil.NoSuchProcess):
                    process.kill()
            result.kills[kind] += bool(taken)
        if kind in {"supervisor", "all"}:
            home.codex("up")

    settled = until(lambda: _settled(home, len(texts)), SETTLED_WITHIN_SECONDS)
    result.saved = len(texts)
    if not settled:
        result.troubles.append(f"not worked off: {home.codex('status')['accounting']}")
    result.troubles += list(_differences(home, texts))
    service = home.service()
    home.codex("down")
    left = home.processes()
    if left:
        result.troubles.append(f"left behind: {[process.cmdline()[:4] for process in left]}")
    port = int(service.web_url.rpartition(":")[2])
    if any(c.laddr and c.laddr.port == port for c in psutil.net_connections("tcp") if c.status == psutil.CONN_LISTEN):
        result.troubles.append(f"port {port} is still taken")
    return result


def _settled(home: Home, saved: int) -> bool:
    account = home.codex("status")["accounting"]
    with psycopg.connect(home.service().store_url) as store:
        row = store.execute("SELECT count(*) FROM codex_processed.memory_index").fetchone()
        insights = store.execute("SELECT count(*) FROM codex_processed.insights_unified").fetchone()
    return bool(account["pending"] == 0 and account["source"] >= saved and row == (account["source"],) and insights)


def _differences(home: Home, texts: set[str]) -> Iterator[str]:
    """What is not as it would be had nothing been killed."""
    account = home.codex("status")["accounting"]
    with psycopg.connect(home.service().store_url) as store:
        known = [text for (text,) in store.execute("SELECT content FROM codex_processed.memory_index").fetchall()]
        waiting = store.execute(
            "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid) "
            "WHERE l.locktype = 'advisory' AND NOT l.granted AND a.query_start < now() - interval '1 minute'"
        ).fetchone()
    if lost := texts - set(known):
        yield f"{len(lost)} lost"
    if len(known) != len(set(known)):
        yield f"{len(known) - len(set(known))} doubled"
    fates = sum(account[fate] for fate in ("attended", "unattended", "filtered", "failed", "pending"))
    if account["source"] != fates or account["failed"]:
        yield f"the account does not add up: {account}"
    if waiting != (0,):
        yield f"{waiting} wait for a lock"
    ended = subprocess.run(
        [sys.executable, "-m", "include.cli", "doctor", "--json"],
        **{"cwd": REPOSITORY, "env": home._environment, "capture_output": True, "text": True},  # type: ignore[call-overload]
        check=False,
    )
    if json.loads(ended.stdout):
        yield f"doctor finds {ended.stdout}"


@contextmanager
def home_of(seed: int) -> Iterator[Path]:
    """A folder that is gone afterwards, with every process that serves it."""
    folder = Path(tempfile.mkdtemp(prefix=f"codex-chaos-{seed}-")) / "home"
    try:
        yield folder
    finally:
        with suppress(AssertionError, subprocess.TimeoutExpired):
            Home(folder).codex("down")
        for process in Home(folder).processes():
            with suppress(psutil.Error):
                process.kill()
        shutil.rmtree(folder.parent, ignore_errors=True)


def main() -> None:
    """Run the seeds that are asked for, and print the table; ends with 1 where a seed found trouble."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, nargs="+", default=[1])
    parser.add_argument("--kills", type=int, default=20, help="kills a seed")
    asked = parser.parse_args()
    troubled = False
    for seed in asked.seed:
        with home_of(seed) as folder:
            result = campaign(seed, asked.kills, folder)
        sys.stdout.write(result.as_row() + "\n")
        sys.stdout.flush()
        troubled |= bool(result.troubles)
    sys.exit(troubled)


if __name__ == "__main__":
    main()
