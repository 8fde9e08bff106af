"""The service, part by part killed with -9: it goes on, or `down` and `up` clear what is left, and nothing is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from include.airflow_service.processes import HOME_MARK, PART_MARK
from include.airflow_service.supervisor import Service
from tests.system.test_under_the_scheduler import Codex, codex_of, processes_of, service_of, until

pytestmark = [pytest.mark.scheduler, pytest.mark.timeout(1800)]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    home = tmp_path / "home"
    yield home
    if home.exists():
        codex_of(home)("down")
    for process in processes_of(home):
        process.kill()


def marked(name: str, value: str) -> list[psutil.Process]:
    """Processes whose environment has a value that begins so."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(name, "").startswith(value) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


def served(service: Service, content: str) -> Callable[[], bool]:
    """Whether a memory has become an insight; false while its server is away."""

    def look() -> bool:
        try:
            with psycopg.connect(service.store_url) as store:
                rows = store.execute(
                    "SELECT 1 FROM codex_processed.insights i JOIN public.memories m ON m.id = i.memory_id "
                    "WHERE m.content = %s",
                    [content],
                ).fetchall()
        except psycopg.Error:
            return False
        return bool(rows)

    return look


def becomes_an_insight(codex: Codex, home: Path, content: str) -> None:
    codex("remember", "--text", content)
    until(served(service_of(home), content), f"{content} becomes an insight by itself")


def port_is_free(service: Service) -> bool:
    port = int(service.web_url.rpartition(":")[2])
    return port not in {c.laddr.port for c in psutil.net_connections("tcp") if c.status == psutil.CONN_LISTEN}


def test_each_part_is_killed_in_turn(home: Path) -> None:
    codex = codex_of(home)
    # A first run without the service registers the rhythms; they beat all the same once it is there.
    codex("remember", "--text", "The ferry sailed before there was a service.")
    assert [step["state"] for step in codex("consolidate", "--type", "working", "--local")] == ["success"]
    codex("up")
    service = service_of(home)
    becomes_an_insight(codex, home, "The pump in the cellar was blocked by a glove.")

    # Airflow's scheduler: another one, and none of the workers of the first.
    old = {process.pid for process in marked(PART_MARK, "scheduler") if process.environ()[HOME_MARK] == str(home)}
    assert len(old) > 1
    [scheduler] = [pid for pid in old if psutil.Process(pid).ppid() == service.pid]
    psutil.Process(scheduler).kill()
    until(lambda: not old & {process.pid for process in psutil.process_iter()}, "its workers are ended")
    becomes_an_insight(codex, home, "The second scheduler does the work of the first.")

    # PostgreSQL, under everything: the supervisor starts it again, and nobody has to.
    postmaster = int((home / "postgres" / "postmaster.pid").read_text().split()[0])
    psutil.Process(postmaster).kill()
    assert codex("up")["web_url"] == service.web_url
    becomes_an_insight(codex, home, "The store came back and knew everything.")
    again = int((home / "postgres" / "postmaster.pid").read_text().split()[0])
    assert again != postmaster

    # The supervisor: what it leaves behind is found by its mark, and ended by `up` …
    psutil.Process(service.pid).kill()
    until(lambda: not service.alive(), "the supervisor is gone")
    left = {process.pid for process in marked(HOME_MARK, str(home))}
    assert left
    second = codex("up")
    assert second["web_url"] == service.web_url, "its port was free again"
    assert not left & {process.pid for process in marked(HOME_MARK, str(home))}
    becomes_an_insight(codex, home, "The second service does the work of the first.")

    # … and by `down`.
    service = service_of(home)
    psutil.Process(service.pid).kill()
    assert codex("down") == {"stopped": True}
    assert processes_of(home) == []
    assert port_is_free(service)
    assert codex("down") == {"stopped": False}

    assert codex("doctor") == []
    account = codex("status")["accounting"]
    assert account["source"] == 5
    assert account["attended"] + account["unattended"] == 5
