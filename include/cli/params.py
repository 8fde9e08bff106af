"""`params`."""

from __future__ import annotations

from typing import Any

from rich.table import Table

from include.cli.options import AsJson
from include.cli.output import console, escaped, explain_errors, print_json
from include.parameters import Parameter, told_parameters


@explain_errors
def params(as_json: AsJson = False) -> None:
    """List the biological parameters: value, range, source.

    Also unit and meaning, and which differ from the default.
    """
    known = told_parameters()
    if as_json:
        print_json([parameter.as_json() for parameter in known])
        return
    table = Table(box=None, pad_edge=False, header_style="dim", show_lines=False)
    for column in ("parameter", "value", "allowed", "source", "meaning"):
        table.add_column(column, justify="left", overflow="fold")
    for parameter in known:
        value = f"{_plain(parameter.value)} {parameter.unit}".strip()
        if parameter.differs:
            value = f"[bold]{escaped(value)}[/bold] (default {escaped(_plain(parameter.default))})"
        else:
            value = escaped(value)
        table.add_row(
            parameter.name, value, _allowed(parameter), escaped(parameter.source), escaped(parameter.description)
        )
    console.print(table)
    differing = [parameter.name for parameter in known if parameter.differs]
    console.print(f"Different from the default: {', '.join(differing)}." if differing else "All have their defaults.")


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(_plain(entry) for entry in value)
    return f"{value:,g}" if isinstance(value, float) else str(value)


def _allowed(parameter: Parameter) -> str:
    if parameter.low is None or parameter.high is None:
        return ""
    return f"{parameter.low:g} … {_plain(int(parameter.high) if parameter.high > 999 else parameter.high)}"
