"""DuckDB's extensions are its makers' own, and that is checked before they are used."""

from __future__ import annotations

import shutil
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest

from include.errors import CodexError
from include.lake import extensions


def test_an_extension_that_was_tampered_with_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original = Path(str(import_module("duckdb_extension_fts").__file__)).parent
    package = shutil.copytree(original, tmp_path / "package")
    [file] = package.glob(f"extensions/v{duckdb.__version__}/fts.duckdb_extension")
    bytes_of = bytearray(file.read_bytes())
    bytes_of[len(bytes_of) // 2] ^= 1
    file.chmod(0o600)
    file.write_bytes(bytes_of)

    def packaged(_name: str) -> Any:
        return SimpleNamespace(__file__=str(package / "__init__.py"))

    monkeypatch.setattr(extensions, "EXTENSIONS", ("fts",))
    monkeypatch.setattr(extensions, "import_module", packaged)
    with pytest.raises(CodexError, match="does not take the extension fts"):
        extensions.install_extensions(tmp_path / "installed")
    assert not list((tmp_path / "installed").glob("checked-*"))


def test_what_was_installed_is_checked_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extensions, "EXTENSIONS", ("fts",))
    extensions.install_extensions(tmp_path)
    installed = next(tmp_path.rglob("fts.duckdb_extension"))
    before = installed.stat().st_mtime_ns
    extensions.install_extensions(tmp_path)
    assert installed.stat().st_mtime_ns == before
    assert list(tmp_path.glob("checked-*"))
