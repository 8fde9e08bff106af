"""No other user of the machine can read what an installation made."""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from include.installation import setup
from include.installation.environment import store_running
from include.installation.privacy import OTHERS, exposed, make_private, private_files
from include.lake.connection import configured_lake
from include.monitoring.health import _privacy
from include.settings import settings
from include.store.embedded import embedded_postgres
from tests.conftest import World


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    root = tmp_path / "home"
    root.mkdir(mode=0o700)
    monkeypatch.setenv("CODEX_HOME", str(root))
    monkeypatch.setenv("CODEX_BACKUP_PATH", str(tmp_path / "backups"))
    monkeypatch.delenv("CODEX_LAKE_PATH", raising=False)
    settings.cache_clear()
    yield root
    settings.cache_clear()


def rights(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_is_made_while_the_store_runs_is_the_owners_alone(world: World) -> None:
    """By this process, by its children, and by DuckDB."""
    before = os.umask(0o022)
    try:
        with store_running():
            file = world.folder / "export.jsonl"
            file.write_text("everything")
            child = world.folder / "child"
            subprocess.run(["mkdir", child], check=True)
            with configured_lake().connect(threads=1) as lake:
                lake.execute("create table insights.made as select range as n from range(1000)")
        assert os.umask(0o022) == 0o022
    finally:
        os.umask(before)
    parquet = list((world.folder / "lake").rglob("*.parquet"))
    assert parquet
    assert [path for path in (file, child, *parquet, *parquet[0].parents[:2]) if rights(path) & OTHERS] == []


def test_what_others_could_read_is_found_told_and_taken_from_them(home: Path, tmp_path: Path) -> None:
    outside = tmp_path / "backups"
    with private_files():
        for folder in (home / "logs" / "dag_id=health", home / "lake", home / "postgres", home / "airflow", outside):
            folder.mkdir(parents=True)
    (home / "logs" / "dag_id=health" / "attempt=1.log").write_text("what was learned")
    (outside / "codex-20260101T000000Z.tar").write_text("")
    (outside / "holiday.jpg").write_text("")
    opened = (home / "logs", home / "logs" / "dag_id=health", home / "lake", *outside.iterdir())
    for path in opened:
        path.chmod(0o755)
    (home / "shortcut").symlink_to(tmp_path)
    names = ["lake", "logs", "codex-20260101T000000Z.tar"]
    assert [path.name for path in exposed()] == names
    told = _privacy(exposed())
    assert (told.status, "make setup" in told.reason) == ("degraded", True)

    assert [path.name for path in make_private()] == names
    assert exposed() == []
    assert _privacy(exposed()).status == "healthy"
    inside = [path for path in home.rglob("*") if not path.is_symlink()]
    assert [path for path in inside if rights(path) & OTHERS] == []
    assert rights(outside / "holiday.jpg") == 0o755, "not ours"


def test_setup_mends_the_rights_of_an_earlier_version(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], world: World
) -> None:
    monkeypatch.setattr(setup, "prepare", lambda _tell: None)
    (home / "logs").mkdir()
    (home / "logs").chmod(0o755)
    setup.main()
    assert "logs: others on this machine could read it" in capsys.readouterr().err
    assert rights(home / "logs") == 0o700


def test_nobody_else_reaches_the_embedded_server(tmp_path: Path) -> None:
    above = tmp_path / "above"
    above.mkdir(mode=0o711)
    with embedded_postgres(above / "home") as server:
        socket = next(server.folder.glob(".s.PGSQL.*"), None)
        host = Path(server.url().partition("host=")[2])
        socket = socket or next(host.glob(".s.PGSQL.5432"))
        assert rights(socket) & OTHERS == 0
        assert rights(server.folder) & OTHERS == 0
        assert rights(above) == 0o711, "nobody else may list what lies above it"
