"""What the owner types, and what comes of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from typer.testing import CliRunner

from include.cli.__main__ import app
from include.settings import REPOSITORY


@dataclass(frozen=True)
class Said:
    """What a command left behind: its exit code, and what it wrote where."""

    code: int
    written: bytes
    err: str

    @property
    def out(self) -> str:
        return self.written.decode()

    @property
    def json(self) -> Any:
        assert self.code == 0, self.err
        return json.loads(self.out)

    @property
    def complaint(self) -> str:
        """The one line that says what is wrong; there is nothing else."""
        assert self.code == 1, (self.code, self.out, self.err)
        assert self.out == ""
        assert self.err.startswith("✗ "), self.err
        assert self.err.endswith(".\n"), self.err
        assert self.err.count("\n") == 1, self.err
        return self.err.removeprefix("✗ ").rstrip("\n")


Codex = Callable[..., Said]


def run_codex(*arguments: str | os.PathLike[str], stdin: bytes | None = None) -> Said:
    result = CliRunner().invoke(app, [os.fspath(argument) for argument in arguments], input=stdin)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception  # the owner would see a traceback
    return Said(result.exit_code, result.stdout_bytes, result.stderr)


@pytest.fixture(scope="session")
def codex() -> Codex:
    """A command in this process, with the environment of the test."""
    return run_codex


Started = subprocess.Popen[bytes]


@pytest.fixture(scope="session")
def start() -> Callable[..., Started]:
    """A command as a process of its own, with pipes for all it reads and writes."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # As in a shell's background; what is started would ignore Ctrl-C, too.
        signal.signal(signal.SIGINT, signal.default_int_handler)

    def start(*arguments: str, **environment: str) -> Started:
        return subprocess.Popen(
            [sys.executable, "-m", "include.cli", *arguments],
            cwd=REPOSITORY,
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    return start


@pytest.fixture(scope="session")
def json_lines() -> Callable[[Sequence[object]], bytes]:
    """Values as JSON Lines; bytes as they are."""

    def lines(values: Sequence[object]) -> bytes:
        return b"".join((value if isinstance(value, bytes) else json.dumps(value).encode()) + b"\n" for value in values)

    return lines
