"""The list of commands, from the table that `./codex --help` reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from include.cli.commands import COMMANDS, DAEMON_COMMANDS


def _table() -> str:
    lines = ["| command | does | needs the service |", "|---|---|---|"]
    for section, entries in COMMANDS.items():
        lines.append(f"| *{section}* | | |")
        lines += [f"| [`{entry.name}`](#{entry.name}) | {entry.summary} | {entry.service} |" for entry in entries]
    return "\n" + "\n".join(lines) + "\n"


def _daemon() -> str:
    return ", ".join(f"`./codex daemon {entry.name}`" for entry in DAEMON_COMMANDS)


PARTS: Mapping[str, Callable[[], str]] = {"table": _table, "daemon": _daemon}
