"""What is asked of the source table, and what is told when it is not there."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import psycopg
import pytest

from include.dbt_project.project import run_dbt
from include.errors import CodexError
from include.lake.connection import configured_lake
from include.monitoring.status import accounting
from include.parameters import parameters
from include.reading.journey import journey
from include.rhythms.clock import read_clock, set_clock
from include.rhythms.gates import pending
from include.rhythms.sleep_plan import SleepPlan
from include.store.connection import connect, redacted
from include.store.contract import OPTIONAL, REQUIRED, SourceContract, read_contract
from tests.conftest import World


def contract(world: World) -> SourceContract:
    with connect(world.url) as store:
        return read_contract(store)


def test_the_embedded_table_has_all_we_know_how_to_use(world: World) -> None:
    assert contract(world).columns == REQUIRED.keys() | OPTIONAL.keys()
    world.store("ALTER TABLE public.memories ADD COLUMN mood text")
    assert not contract(world).has("mood")


@pytest.mark.parametrize("column", REQUIRED)
def test_a_missing_required_column_is_named_with_its_type(world: World, column: str) -> None:
    world.store(f"ALTER TABLE public.memories RENAME {column} TO something_else")
    with pytest.raises(CodexError, match=rf"lacks the required column {column} \({REQUIRED[column]}\)"):
        contract(world)


def test_all_missing_columns_are_named_at_once(world: World) -> None:
    world.store("DROP TABLE public.memories")
    world.store("CREATE TABLE public.memories (summary text)")
    with pytest.raises(CodexError, match=r"id \(uuid\), content \(text\), created_at \(timestamptz\)"):
        contract(world)


def test_a_missing_table_is_told_with_what_to_do(world: World) -> None:
    world.store("ALTER TABLE public.memories SET SCHEMA codex_processed")
    with pytest.raises(CodexError, match=r"public.memories does not exist.*start codex-store once"):
        contract(world)


def test_optional_columns_may_all_be_missing(world: World) -> None:
    for column in OPTIONAL:
        world.store(f"ALTER TABLE public.memories DROP COLUMN {column} CASCADE")
    assert contract(world).columns == REQUIRED.keys()


def test_odd_but_compatible_types_are_read_as_what_they_mean(world: World) -> None:
    world.store("DROP TABLE public.memories")
    world.store(
        "CREATE TABLE public.memories (id varchar(36), content varchar(500), created_at timestamp, metadata json, "
        "tags varchar(20)[], chunk_index smallint, total_chunks bigint, parent_id text, updated_at timestamp)"
    )
    known = "3e16c810-0000-4000-8000-000000000001"
    world.store(
        "INSERT INTO public.memories VALUES (%s, 'Tea.', '2026-03-04 09:00', '{\"a\": 1}', '{kitchen}', 1, 2, %s, "
        "'2026-03-04 09:30')",
        [known, known],
    )
    lake = configured_lake()
    noon = read_clock(
        "working_memory",
        "run",
        SleepPlan.of(parameters(), ZoneInfo("UTC")),
        trigger="scheduled",
        run_after=datetime(2026, 3, 4, 12, tzinfo=UTC),
        given={},
        wake_ups=[],
    )
    set_clock(lake, noon)
    assert pending(lake, noon).what == "memories are new, changed or gone"
    for _ in range(2):
        run_dbt(["run", "--select", "stg_codex_store__memories"])
    assert pending(lake, noon).what == "memories wait for attention"
    assert accounting() == {"source": 1, "attended": 0, "unattended": 0, "filtered": 0, "failed": 0, "pending": 1}
    assert journey(lake, known[:8]).stages[0].status == "taken in"
    seen = world.lake(
        "select cast(memory_id as varchar), content, epoch(created_at), metadata, tags, chunk_index, total_chunks, "
        "cast(parent_id as varchar), summary, epoch(updated_at) from staging.stg_codex_store__memories"
    )
    assert seen == [(known, "Tea.", 1772614800.0, '{"a": 1}', ["kitchen"], 1, 2, known, None, 1772616600.0)]
    world.store("DELETE FROM public.memories")
    run_dbt(["run", "--select", "stg_codex_store__memories"])
    assert accounting()["source"] == 0
    assert journey(lake, known).diagnosis.startswith("It was deleted at the source")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("dbname", "nowhere"), "Check the database name in POSTGRES_DB_URL"),
        (("host", "/nowhere"), "Check host and port in POSTGRES_DB_URL"),
        (("user", "nobody"), "POSTGRES_DB_URL"),
    ],
)
def test_a_store_that_cannot_be_used_says_what_to_check(world: World, change: tuple[str, str], told: str) -> None:
    given = psycopg.conninfo.conninfo_to_dict(world.url) | dict([change])
    wrong = psycopg.conninfo.make_conninfo(**given)
    with pytest.raises(CodexError, match="can't be used") as refused, connect(wrong):
        pass
    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://me:secret@db:5432/codex", "postgresql://me:***@db:5432/codex"),
        ("postgresql://me@db/codex", "postgresql://me@db/codex"),
        ("postgresql://db/codex?user=me&password=secret&x=1", "postgresql://db/codex?user=me&password=***&x=1"),
    ],
)
def test_a_password_is_never_shown(url: str, shown: str) -> None:
    assert redacted(url) == shown
