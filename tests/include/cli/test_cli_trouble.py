"""What is wrong with the installation is told in one line that says what to do, by every command."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from include.airflow_service.processes import SUPERVISOR
from include.settings import REPOSITORY, home, settings
from include.store.address import EMBEDDED_MARK
from tests.conftest import World
from tests.include.cli.conftest import Codex

COMMANDS = (
    ("remember", "--text", "x"),
    ("consolidate", "--local"),
    ("query", "x"),
    ("insights", "--json"),
    ("dreams",),
    ("trace", "1"),
    ("export",),
    ("status", "--json"),
)
READING = COMMANDS[2:]


@pytest.fixture
def free_port() -> int:
    """A port at which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def environment(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """The environment, to be changed; the store is the owner's."""
    monkeypatch.delenv(EMBEDDED_MARK)
    yield monkeypatch
    settings.cache_clear()


def saved(world: World) -> int:
    return int(world.store("SELECT count(*) FROM public.memories")[0][0])


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("CODEX_TIMEZONE", "Nowhere/City", "is no timezone; give a name such as Europe/Berlin or UTC"),
        ("OLLAMA_TIMEOUT", "soon", "OLLAMA_TIMEOUT is 'soon'"),
        ("OLLAMA_URL", "http://", "OLLAMA_URL is 'http://': give something like http://localhost:11434"),
        ("OLLAMA_URL", "http://localhost:99999", "give something like http://localhost:11434"),
        ("POSTGRES_DB_URL", "nonsense", "give something like postgresql://user:password@localhost:5432/database"),
        ("POSTGRES_DB_URL", "https://u:hush@host/db", "it is no URL of a PostgreSQL database"),
        ("POSTGRES_DB_URL", "postgresql://u:hush@host:port/db", "it is no URL of a PostgreSQL database"),
        ("POSTGRES_DB_URL", "postgresql://u:12/hush@host/db", "write / as %2F and # as %23"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(
    world: World, codex: Codex, environment: pytest.MonkeyPatch, name: str, value: str, told: str
) -> None:
    environment.setenv(name, value)
    for command in COMMANDS:
        settings.cache_clear()
        complaint = codex(*command).complaint
        assert name in complaint
        assert told in complaint
        assert "hush" not in complaint
    assert saved(world) == 0


def test_a_store_that_does_not_answer_is_named_without_its_password(
    world: World, codex: Codex, environment: pytest.MonkeyPatch, free_port: int
) -> None:
    environment.setenv("POSTGRES_DB_URL", f"postgresql://u:hush@127.0.0.1:{free_port}/db?password=hush")
    settings.cache_clear()
    for command in COMMANDS:
        complaint = codex(*command).complaint
        assert complaint.startswith(
            f"The store at postgresql://u:***@127.0.0.1:{free_port}/db?password=*** can't be used:"
        )
        assert complaint.endswith("Check host and port in POSTGRES_DB_URL, and that the server is running.")
        assert "hush" not in complaint


def test_a_database_that_does_not_exist_is_told(world: World, codex: Codex, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("POSTGRES_DB_URL", world.url.replace("/world_", "/no_world_"))
    settings.cache_clear()
    for command in COMMANDS:
        complaint = codex(*command).complaint
        assert "does not exist" in complaint
        assert complaint.endswith("Check the database name in POSTGRES_DB_URL, or create the database.")


@pytest.fixture
def guest(world: World) -> Iterator[str]:
    """The URL of a user who has to give a password, and may do nothing; the password is `right`."""
    hba = Path(world.store("SHOW hba_file")[0][0])
    rules = hba.read_text()
    world.store("CREATE ROLE guest LOGIN PASSWORD 'right'")
    hba.write_text(f"local all guest scram-sha-256\n{rules}")
    world.store("SELECT pg_reload_conf()")
    url = world.url.replace("//postgres:@", "//guest:right@")
    assert url != world.url
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            psycopg.connect(url.replace("right", "wrong")).close()
        except psycopg.OperationalError:
            break
        time.sleep(0.05)
    yield url
    hba.write_text(rules)
    world.store("SELECT pg_reload_conf()")
    world.store("DROP ROLE guest")


def test_a_wrong_password_is_told_and_not_repeated(
    world: World, codex: Codex, environment: pytest.MonkeyPatch, guest: str
) -> None:
    environment.setenv("POSTGRES_DB_URL", guest.replace("right", "wr0ng"))
    settings.cache_clear()
    for command in COMMANDS:
        complaint = codex(*command).complaint
        assert 'password authentication failed for user "guest"' in complaint
        assert complaint.endswith("Check user and password in POSTGRES_DB_URL.")
        assert "wr0ng" not in complaint


def test_a_user_who_may_not_read_is_told(
    world: World, codex: Codex, environment: pytest.MonkeyPatch, guest: str
) -> None:
    environment.setenv("POSTGRES_DB_URL", guest)
    settings.cache_clear()
    for command in COMMANDS:
        complaint = codex(*command).complaint
        assert "permission denied for" in complaint or "GRANT SELECT to this user" in complaint


def test_an_installation_that_is_not_prepared_is_told(
    world: World, codex: Codex, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = world.url.replace("/world_", "/unprepared_world_")
    name = empty.split("?")[0].rsplit("/", 1)[1]
    with psycopg.connect(world.url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type]
    monkeypatch.setenv("POSTGRES_DB_URL", empty)
    settings.cache_clear()
    for command in READING:
        complaint = codex(*command).complaint
        assert "run `make setup` or `./codex up`" in complaint or "run ./codex up, or ./codex consolidate" in complaint
    assert codex("remember", "--text", "Saved all the same.", "--json").json["new"] == 1
    for command in READING:
        assert "run " in codex(*command).complaint, "notes alone are no preparation"
    monkeypatch.delenv(EMBEDDED_MARK)
    with psycopg.connect(empty, autocommit=True) as connection:
        connection.execute("DROP TABLE public.memories")
    assert codex("status").complaint.startswith("The source table public.memories does not exist")


def test_a_command_without_an_environment_says_how_to_make_one(tmp_path: Path) -> None:
    link = tmp_path / "codex"
    link.symlink_to(REPOSITORY / "codex")
    for command in (REPOSITORY / "codex", link):
        told = subprocess.run(
            [command, "status"], env={**os.environ, "CODEX_HOME": str(tmp_path)}, capture_output=True, check=False
        )
        assert told.returncode == 1
        assert told.stdout == b""
        assert told.stderr.decode() == (
            f"Codex Dreams is not set up in {tmp_path}. Run: make -C '{REPOSITORY}' setup\n"
        )


def test_a_home_that_can_be_no_folder_is_named(world: World, codex: Codex, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("CODEX_HOME", "/dev/null/home")
    environment.delenv("POSTGRES_DB_URL")
    settings.cache_clear()
    for command in COMMANDS:
        assert codex(*command).complaint == "/dev/null/home can't be used: Not a directory."


def test_without_a_service_a_rhythm_is_not_started_and_the_way_to_start_it_is_told(world: World, codex: Codex) -> None:
    assert codex("consolidate").complaint == (
        "The service is not running: start it with ./codex up, or run here with --local."
    )
    assert codex("down", "--json").json == {"stopped": False}


def test_a_service_that_does_not_answer_is_told(world: World, codex: Codex, free_port: int) -> None:
    known = {"web_url": f"http://127.0.0.1:{free_port}", "user": "u", "password": "p", "store_url": world.url}
    alive = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", SUPERVISOR])
    home().service.write_text(json.dumps({"pid": alive.pid, **known, "identity": ""}))
    try:
        assert codex("consolidate").complaint == (
            f"Airflow at {known['web_url']} does not answer: start it anew with ./codex down and ./codex up."
        )
    finally:
        alive.kill()
        alive.wait()
        home().service.unlink()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--type", "siesta"], "There is no type 'siesta'; there are working, short_term, hippocampal, insights, "),
        (["--as-of", "yesterday"], "--as-of is 'yesterday'; give an instant such as 2026-03-01T06:00:00+01:00."),
        (["--as-of", "0001-01-01"], "--as-of is '0001-01-01'; give an instant such as"),
        (["--as-of", ""], "--as-of is ''; give an instant such as"),
    ],
)
def test_a_rhythm_or_an_instant_that_is_none_is_told(codex: Codex, arguments: list[str], told: str) -> None:
    assert told in codex("consolidate", "--local", *arguments).complaint


def test_an_ollama_that_does_not_answer_is_told_and_nothing_answers_in_its_place(
    world: World, codex: Codex, environment: pytest.MonkeyPatch, free_port: int
) -> None:
    environment.setenv("OLLAMA_URL", f"127.0.0.1:{free_port}")
    settings.cache_clear()
    complaint = codex("query", "tide").complaint
    assert complaint.startswith(
        f"The question can't be embedded: Ollama at http://127.0.0.1:{free_port} does not answer"
    )
    assert complaint.endswith("Start it, or change OLLAMA_URL.")
    assert codex("status", "--json").json["language_model"].startswith("not available: Ollama at")
