"""A session of the lake ends by itself, whatever became of its catalog."""

from __future__ import annotations

import subprocess
import sys
from urllib.parse import urlsplit

import pytest

from include.settings import REPOSITORY
from tests.conftest import World

SESSION = """
import sys
from contextlib import closing, nullcontext
import duckdb
from include.lake.connection import configured_lake
from include.lake.connection import WarmLake

lake = configured_lake()
with closing(WarmLake(lake)) if sys.argv[1] == "warm" else nullcontext(lake) as reached:
    try:
        with reached.connect() as session:
            session.begin()
            session.execute("create table control.notes as select 1 as number")
            print("in a transaction", flush=True)
            sys.stdin.readline()
            session.execute("select count(*) from control.llm_calls").fetchall()
    except duckdb.Error as error:
        print("told:", type(error).__name__)
"""


@pytest.mark.parametrize("kind", ["cold", "warm"])
def test_a_store_that_goes_away_within_a_transaction_is_an_error_and_not_the_end_of_the_process(
    world: World, kind: str
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SESSION, kind],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"in a transaction\n"
        ended = world.store(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE datname = %s AND pid <> pg_backend_pid()",
            [urlsplit(world.url).path.lstrip("/")],
        )
        assert ended > [(0,)]
        out, err = process.communicate(b"\n", timeout=60)
    assert (process.returncode, out, err) == (0, b"told: Error\n", b"")
    left = world.lake("select count(*) from duckdb_tables() where table_name = 'notes'")
    assert left == [(0,)], "what the transaction made is gone with it"
