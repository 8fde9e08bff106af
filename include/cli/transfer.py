"""`export`, `import`: everything as files, and back."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from include.cli.options import AsJson
from include.cli.output import console, errors, explain_errors, print_json
from include.errors import CodexError
from include.formats import print_progress
from include.installation.environment import store_running
from include.installation.prepare import prepare_source
from include.reading.latest import MISSING_SCHEMA, published
from include.store.address import store_url
from include.store.connection import connect
from include.transfer import export as exporting
from include.transfer.import_records import READABLE, Imported, import_records
from include.transfer.vault import write_vault


@explain_errors
def export(
    file_format: Annotated[
        str, typer.Option("--format", help=f"{', '.join(exporting.FORMATS)}, or markdown (a folder of linked notes).")
    ] = "jsonl",
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="A file (a new folder for markdown); default: standard output."),
    ] = None,
    kinds: Annotated[
        str | None, typer.Option("--kinds", help=f"Some of {', '.join(exporting.KINDS)}; default: all.")
    ] = None,
) -> None:
    """Write all memories and what was derived from them.

    In an order that is always the same.
    """
    wanted = tuple(kind.strip() for kind in kinds.split(",")) if kinds is not None else exporting.KINDS
    exporting.check(file_format, wanted)
    if file_format == exporting.VAULT and output is None:
        raise CodexError("A vault is a folder of notes: say where with -o FOLDER.")
    with store_running(), connect(store_url()) as store, published():
        exporting.refuse_nothing(store, wanted)
        if output is None:
            exporting.write(store, file_format, sys.stdout.buffer, wanted)
            return
        if file_format == exporting.VAULT:
            print_progress(f"{write_vault(exporting.records(store, wanted), output)} notes in {output}")
            return
        count = _write_file(output, lambda file: exporting.write(store, file_format, file, wanted))
    print_progress(f"{count} records in {output}")


def _write_file(output: Path, write: Callable[[BinaryIO], int]) -> int:
    """Write a file that appears complete or not at all. Raises CodexError when it can't be written."""
    temporary = output.with_name(output.name + ".part")
    try:
        try:
            with temporary.open("wb") as file:
                count = write(file)
            temporary.replace(output)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise CodexError(f"{output} can't be written: {error.strerror}.") from None
    return count


@explain_errors
def import_(
    path: Annotated[
        str, typer.Argument(metavar="FILE", help=f"What export wrote ({', '.join(READABLE)}), or - for JSON Lines.")
    ],
    as_json: AsJson = False,
) -> None:
    """Read what export wrote, here or elsewhere.

    What is known stays as it is.
    """
    with _file_of(path) as file, store_running():
        prepare_source()
        with connect(store_url()) as store, errors.status("Importing") as spinner:
            try:
                result = import_records(store, file, lambda count: spinner.update(f"{count} records"))
            except MISSING_SCHEMA:
                raise CodexError("The served schema is not there yet: run `make setup` or ./codex up first.") from None
    if as_json:
        print_json(result.as_json())
    else:
        _print_result(result)


@contextmanager
def _file_of(path: str) -> Iterator[Path]:
    if path != "-":
        if not Path(path).is_file():
            raise CodexError(f"There is no file {path}.")
        yield Path(path)
        return
    with tempfile.TemporaryDirectory() as folder:
        spooled = Path(folder, "records.jsonl")
        with spooled.open("wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file)
        yield spooled


def _print_result(result: Imported) -> None:
    for kind in exporting.KINDS:
        if result.came[kind] or result.known[kind]:
            console.print(f"{kind:<12} {result.came[kind]} came, {result.known[kind]} known")
