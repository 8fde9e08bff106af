"""The embedded PostgreSQL is set up for the machine it runs on, be its folder new or older."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from include.settings import MEBIBYTE, memory_of_the_machine
from include.store.embedded import CONFIGURATION, configuration, embedded_postgres

GIGABYTE = 1024


def set_to(url: str, *names: str) -> dict[str, str]:
    """What settings of a running server are, as it writes them."""
    with psycopg.connect(url) as store:
        return {name: str(store.execute("SELECT current_setting(%s)", [name]).fetchone()[0]) for name in names}  # type: ignore[index]


def megabytes(written: str) -> int:
    """A size as PostgreSQL writes it."""
    return int(written[:-2]) * {"MB": 1, "GB": GIGABYTE}[written[-2:]]


def test_a_new_server_an_old_one_and_the_owners_own_settings(tmp_path: Path) -> None:
    chosen = configuration(memory_of_the_machine() // MEBIBYTE)
    sizes = {name: value for name, value in chosen.items() if value.endswith("MB")}
    with embedded_postgres(tmp_path) as server:
        new = set_to(server.url(), *chosen)
        assert {name: megabytes(new[name]) for name in sizes} == {name: megabytes(sizes[name]) for name in sizes}
        assert {name: new[name] for name in chosen.keys() - sizes} == {
            name: chosen[name] for name in chosen.keys() - sizes
        }

    # As a version without settings left it, with what `initdb` chose and a setting of the owner's.
    main = server.folder / "postgresql.conf"
    main.write_text(main.read_text().replace(f"include_if_exists = '{CONFIGURATION}'\n", ""))
    (server.folder / CONFIGURATION).unlink()
    with (server.folder / "postgresql.auto.conf").open("a") as owners:
        owners.write("work_mem = '3MB'\n")
    with embedded_postgres(tmp_path) as server:
        assert set_to(server.url(), *chosen) == new | {"work_mem": "3MB"}
    assert main.read_text().count(CONFIGURATION) == 1


@pytest.mark.parametrize("memory", [128, 256, 512])
def test_a_small_machine_keeps_what_initdb_found_it_can_give(memory: int) -> None:
    assert "shared_buffers" not in configuration(memory)


@pytest.mark.parametrize("memory", [256, 2 * GIGABYTE, 8 * GIGABYTE, 24 * GIGABYTE, 512 * GIGABYTE])
def test_the_store_leaves_most_of_the_memory_to_others(memory: int) -> None:
    given: dict[str, Any] = configuration(memory)
    pages = megabytes(given.get("shared_buffers", "0MB"))
    assert pages <= memory / 4
    assert pages + megabytes(given["maintenance_work_mem"]) <= memory / 3
    assert megabytes(given["work_mem"]) * 20 <= max(memory / 4, 80)


def test_a_server_that_was_killed_is_started_again_with_what_it_held(tmp_path: Path) -> None:
    with embedded_postgres(tmp_path) as server:
        with psycopg.connect(server.url()) as store:
            store.execute("CREATE TABLE kept AS SELECT 1 AS n")
        assert server.alive()
        postmaster = psutil.Process(int((server.folder / "postmaster.pid").read_text().split()[0]))
        family = [postmaster, *postmaster.children()]
        postmaster.kill()
        psutil.wait_procs(family, timeout=30)
        assert not server.alive()
        server.revive()
        assert server.alive()
        with psycopg.connect(server.url()) as store:
            assert store.execute("SELECT n FROM kept").fetchall() == [(1,)]
        server.revive()  # it runs: nothing to do
        assert server.alive()
    assert not server.alive()

    # As after a power cut: the file says that it runs, and its id is another process's.
    stale = [str(os.getpid()), str(server.folder), "1700000000", "5432", str(server.folder), "", "1 1", "ready"]
    (server.folder / "postmaster.pid").write_text("\n".join(stale) + "\n")
    with embedded_postgres(tmp_path) as server, psycopg.connect(server.url()) as store:
        assert store.execute("SELECT n FROM kept").fetchall() == [(1,)]
