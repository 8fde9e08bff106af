"""A session's memory is bounded: what is larger goes to the disk, and what is too large is one error that says why."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from include.errors import CodexError
from include.lake.connection import WarmLake, configured_lake
from include.lake.session import remove_abandoned_spill, session
from include.settings import home, settings
from tests.conftest import World

SORTED = """
    select max(text) as text
    from (
        select text, row_number() over (order by text) as nth
        from (select md5(cast(range as varchar)) as text from range(1_500_000))
    )
    where nth % 2 = 0
"""
"""Some 100 MB, which can be sorted piece by piece."""
GATHERED = "select len(list(md5(cast(range as varchar)))) as count from range(4_000_000)"
"""One value of some 200 MB."""


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[pytest.MonkeyPatch]:
    """Sessions of 64 MiB."""
    if "POSTGRES_DB_URL" not in os.environ:
        monkeypatch.setenv("CODEX_HOME", str(tmp_path))
    monkeypatch.setenv("CODEX_MEMORY_LIMIT", "64MiB")
    monkeypatch.setenv("CODEX_THREADS", "1")
    settings.cache_clear()
    yield monkeypatch
    settings.cache_clear()


def test_what_is_larger_than_the_limit_is_sorted_on_the_disk_which_has_a_limit_too(small: pytest.MonkeyPatch) -> None:
    with session() as connection:
        [(largest,)] = connection.execute(SORTED).fetchall()
        assert largest > "a"
        folder = Path(connection.execute("select current_setting('temp_directory')").fetchall()[0][0])
        assert folder.parent == home().spill
    assert not folder.exists(), "gone with its session"
    small.setenv("CODEX_TEMP_LIMIT", "1MiB")
    settings.cache_clear()
    with (
        pytest.raises(CodexError, match=r"more room on the disk than CODEX_TEMP_LIMIT allows \(1 MiB\)"),
        session() as connection,
    ):
        connection.execute(SORTED)


def test_what_can_not_be_cut_into_pieces_is_an_error_that_names_the_setting(small: pytest.MonkeyPatch) -> None:
    with (
        pytest.raises(CodexError, match=r"more memory than CODEX_MEMORY_LIMIT allows \(64 MiB\)"),
        session() as connection,
    ):
        connection.execute(GATHERED)


def test_sessions_at_the_same_time_spill_into_folders_of_their_own(small: pytest.MonkeyPatch) -> None:
    with session() as one, session() as other:
        folders = {of.execute("select current_setting('temp_directory')").fetchall()[0][0] for of in (one, other)}
    assert len(folders) == 2


def test_what_a_killed_process_left_on_the_disk_is_removed(small: pytest.MonkeyPatch) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    names = {f"{socket.gethostname()}-{gone.pid}-1", f"{socket.gethostname()}-{os.getpid()}-99", "another-machine-1-1"}
    for name in names:
        (home().spill / name).mkdir(parents=True)
    assert remove_abandoned_spill() == 1
    assert names - {folder.name for folder in home().spill.iterdir()} == {f"{socket.gethostname()}-{gone.pid}-1"}
    for name in names:
        shutil.rmtree(home().spill / name, ignore_errors=True)


def test_every_session_of_the_lake_and_of_dbt_has_the_limit(
    world: World, small: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    from include.dbt_project.project import run_dbt
    from include.internals import close_dbts_lake

    asked = "select current_setting('memory_limit') || ' ' || current_setting('threads') as limits"
    with configured_lake().connect(threads=8) as connection:
        assert connection.execute(asked).fetchall() == [("64.0 MiB 1",)]
    warm = WarmLake(configured_lake())
    with warm.connect() as connection:
        assert connection.execute(asked).fetchall() == [("64.0 MiB 1",)]
    warm.close()
    close_dbts_lake()
    run_dbt(["show", "--inline", asked, "--output", "json"], quiet=False)
    close_dbts_lake()
    assert "64.0 MiB 1" in capfd.readouterr().out


def test_a_model_that_does_not_fit_is_named_and_the_others_are_built(
    world: World, small: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from include.dbt_project import project
    from include.internals import close_dbts_lake

    changed = tmp_path / "dbt"
    shutil.copytree(project.PROJECT, changed)
    for name, sql in {"too_large": GATHERED, "sorted": SORTED}.items():
        (changed / "models" / "insights" / f"{name}.sql").write_text(sql + "\n")
    small.setattr(project, "PROJECT", changed)
    close_dbts_lake()
    with pytest.raises(CodexError) as refused:
        project.run_dbt(["build", "--select", "too_large", "sorted"])
    close_dbts_lake()
    assert "the model too_large needs more memory than CODEX_MEMORY_LIMIT allows (64 MiB)" in str(refused.value)
    assert world.lake("select count(*) from insights.sorted") == [(1,)]
