"""DuckDB's extensions from their wheels: installed once below `$CODEX_HOME`, never downloaded.

The wheels carry DuckDB's own signed files. The signatures are checked here, once, by loading what was installed; a
signature is over the whole file, and to check it anew at each connection took a third of a second of processor time.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from pathlib import Path

from include.errors import CodexError

EXTENSIONS = ("postgres_scanner", "ducklake", "fts", "httpfs")
"""Extensions that the lake and the exports use."""


def install_extensions(folder: Path) -> None:
    """Install the extensions of this DuckDB version into `folder`; a second call changes nothing.

    Raises CodexError for one that is missing, of another version, or not signed by DuckDB's makers.
    """
    folder.mkdir(parents=True, exist_ok=True)
    marker = folder / f"checked-{version('duckdb')}"
    if marker.exists():
        return
    import duckdb  # slow, and most commands find everything installed

    with duckdb.connect(":memory:", config={"extension_directory": str(folder)}) as connection:
        for name in EXTENSIONS:
            try:
                package = import_module(f"duckdb_extension_{name}")
            except ImportError as error:
                raise CodexError(
                    f"The package duckdb-extension-{name.replace('_', '-')} is missing: run `make setup`."
                ) from error
            files = sorted(Path(str(package.__file__)).parent.glob("extensions/*/*.duckdb_extension"))
            matching = [file for file in files if file.parent.name == f"v{duckdb.__version__}"]
            if not matching:
                raise CodexError(
                    f"duckdb-extension-{name} does not match DuckDB {duckdb.__version__}: run `make setup`."
                )
            try:
                connection.execute(f"INSTALL '{_quoted(matching[0])}'")
                connection.load_extension(name)
            except duckdb.Error as error:
                raise CodexError(f"DuckDB does not take the extension {name}: {error}") from error
    marker.touch()


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
