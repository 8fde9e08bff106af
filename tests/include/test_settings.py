"""Settings: the environment, then `.env`, then defaults; what can't be used is refused with advice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import tzlocal

from include.errors import CodexError
from include.settings import REPOSITORY, Settings, memory_of_the_machine, settings


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setattr("include.settings.ENV_FILE", tmp_path / ".env")
    settings.cache_clear()
    yield
    settings.cache_clear()


def dotenv(tmp_path: Path, *lines: str) -> None:
    (tmp_path / ".env").write_text("\n".join(lines) + "\n")


def test_nothing_has_to_be_set() -> None:
    given = settings()
    assert given.codex_home == REPOSITORY / ".codex"
    assert given.lake_path == str(REPOSITORY / ".codex" / "lake")
    assert given.embedded_postgres
    assert given.ollama_url is None
    assert (given.ollama_model, given.embedding_model) == ("gpt-oss:20b", "nomic-embed-text")


def test_the_example_file_shows_the_defaults(tmp_path: Path) -> None:
    shown = [line.removeprefix("#") for line in (REPOSITORY / ".env.example").read_text().splitlines()]
    lines = [line for line in shown if "=" in line and line.split("=")[0].isupper() and not line.endswith("=")]
    defaults = settings()
    optional = ("POSTGRES_DB_URL", "OLLAMA_URL", "OPENAI_BASE_URL", "CODEX_HOME", "CODEX_TIMEZONE")
    dotenv(tmp_path, *(line for line in lines if line.split("=")[0] not in optional))
    settings.cache_clear()
    assert settings() == defaults
    assert {line.split("=")[0].lower() for line in shown if "=" in line and line.split("=")[0].isupper()} == set(
        Settings.model_fields
    )


def test_the_environment_goes_before_the_file_and_the_file_before_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dotenv(tmp_path, "OLLAMA_MODEL=from-file", "EMBEDDING_MODEL=from-file", "SOMETHING_ELSE=ignored")
    monkeypatch.setenv("OLLAMA_MODEL", "from-environment")
    assert settings().ollama_model == "from-environment"
    assert settings().embedding_model == "from-file"
    assert settings().ollama_timeout == 300


def test_an_empty_variable_is_an_unset_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_URL", "")
    monkeypatch.setenv("OLLAMA_TIMEOUT", "")
    assert settings().ollama_url is None
    assert settings().ollama_timeout == 300


def test_the_home_is_absolute_whatever_was_given(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "owner"))
    monkeypatch.setenv("CODEX_HOME", "here")
    assert settings().codex_home == tmp_path / "here"
    settings.cache_clear()
    monkeypatch.setenv("CODEX_HOME", "~/there")
    assert settings().codex_home == tmp_path / "owner" / "there"


def test_the_lake_may_lie_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODEX_LAKE_PATH", "s3://bucket/lake/")
    assert settings().lake_path == "s3://bucket/lake"


def test_the_zone_is_the_owners(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODEX_TIMEZONE", "Asia/Kathmandu")
    assert settings().zone == ZoneInfo("Asia/Kathmandu")


def test_who_says_nothing_sleeps_where_the_machine_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("TZ", "America/Lima")
        tzlocal.reload_localzone()
        assert settings().zone == ZoneInfo("America/Lima")
    tzlocal.reload_localzone()


@pytest.mark.parametrize(
    ("name", "value", "advice"),
    [
        ("CODEX_TIMEZONE", "Mars/Olympus", "give a name such as Europe/Berlin or UTC"),
        ("OLLAMA_TIMEOUT", "soon", "a valid number"),
        ("OLLAMA_TIMEOUT", "0", "greater than 0"),
        ("OLLAMA_URL", "ftp://models", "give something like http://localhost:11434"),
        ("CODEX_WEB_PORT", "70000", "less than or equal to 65535"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_by_name_with_advice(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, advice: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(CodexError) as refused:
        settings()
    assert f"{name} is {value!r}" in str(refused.value)
    assert advice in str(refused.value)
    assert ".env" in str(refused.value)


@pytest.mark.parametrize("url", ["mysql://me:secret@db/codex", "postgresql://me:sec/ret@db/codex", "secret"])
def test_a_password_is_in_no_message(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("POSTGRES_DB_URL", url)
    with pytest.raises(CodexError, match="POSTGRES_DB_URL") as refused:
        settings()
    assert "secret" not in str(refused.value)
    assert "sec/ret" not in str(refused.value)
    assert "postgresql://user:password@" in str(refused.value)


def test_all_bad_values_are_told_at_once(tmp_path: Path) -> None:
    dotenv(tmp_path, "OLLAMA_TIMEOUT=soon", "CODEX_WEB_PORT=web")
    with pytest.raises(CodexError, match=r"(?s)OLLAMA_TIMEOUT.*CODEX_WEB_PORT"):
        settings()


def test_both_spellings_of_a_postgres_url_are_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTGRES_DB_URL", "postgres://me:secret@db.example.org:5432/notes")
    assert settings().postgres_db_url == "postgresql://me:secret@db.example.org:5432/notes"


@pytest.mark.parametrize(("machine", "session"), [(1, 256), (4, 512), (8, 1024), (64, 1024)])
def test_a_session_gets_an_eighth_of_the_memory_within_bounds(
    monkeypatch: pytest.MonkeyPatch, machine: int, session: int
) -> None:
    monkeypatch.setattr("include.settings.memory_of_the_machine", lambda: machine * 1024**3)
    assert settings().memory_limit == session * 1024**2


def test_a_container_s_limit_is_the_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    limit = tmp_path / "memory.max"
    monkeypatch.setattr("include.settings._CONTAINER_LIMITS", (limit,))
    limit.write_text("max\n")
    whole = memory_of_the_machine()
    limit.write_text(f"{3 * 1024**2}\n")
    assert memory_of_the_machine() == 3 * 1024**2 < whole


def test_limits_of_a_session_may_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"MEMORY_LIMIT": "2GiB", "TEMP_LIMIT": "20GB", "THREADS": "3"}.items():
        monkeypatch.setenv(f"CODEX_{name}", value)
    assert (settings().memory_limit, settings().temp_limit, settings().threads) == (2 * 1024**3, 20 * 1000**3, 3)


@pytest.mark.parametrize(("name", "value"), [("MEMORY_LIMIT", "10MiB"), ("MEMORY_LIMIT", "much"), ("THREADS", "0")])
def test_limits_that_are_none_are_refused_by_name(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"CODEX_{name}", value)
    with pytest.raises(CodexError, match=f"CODEX_{name} is '{value}'"):
        settings()
