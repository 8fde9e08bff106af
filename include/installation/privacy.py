"""What an installation makes is for its owner alone: no other user of the machine reads memories, logs or secrets."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from include.settings import home, settings

OTHERS = 0o077
"""What nobody but the owner may do: the bits of group and others."""
_NOT_OURS = {"venv", "postgres"}
"""Below `$CODEX_HOME`: programs that are no secret, and what PostgreSQL keeps to itself."""


@contextmanager
def private_files() -> Iterator[None]:
    """What this process and its children make in the meantime can be used by its owner alone."""
    before = os.umask(OTHERS)
    try:
        yield
    finally:
        os.umask(before)


def exposed() -> list[Path]:
    """Folders and files of this installation that others on the machine may enter or read."""
    return [path for path in _places() if _is_open(path)]


def make_private() -> list[Path]:
    """Take the others' rights away wherever there are some; returns where there were."""
    found = exposed()
    for path in found:
        _close(path)
        if path == home().root:
            continue
        for folder, folders, files in os.walk(path):
            for name in (*folders, *files):
                _close(Path(folder, name))
    return found


def _places() -> Iterator[Path]:
    """What others could begin with: of all else, the folder it lies in keeps them away."""
    root = home().root
    if root.is_dir():
        # Root's PostgreSQL is another user, who has to pass through here.
        yield from [root] if os.geteuid() else []
        yield from sorted(path for path in root.iterdir() if path.name not in _NOT_OURS)
    if "://" not in settings().lake_path and not Path(settings().lake_path).is_relative_to(root):
        yield Path(settings().lake_path)
    if not settings().backup_path.is_relative_to(root):
        yield from sorted(settings().backup_path.glob("codex-*.tar"))


def _is_open(path: Path) -> bool:
    with suppress(OSError):
        return not path.is_symlink() and bool(path.stat().st_mode & OTHERS)
    return False


def _close(path: Path) -> None:
    with suppress(OSError):
        if not path.is_symlink() and (mode := path.stat().st_mode & 0o7777) & OTHERS:
            path.chmod(mode & ~OTHERS)
