"""`params`."""

from __future__ import annotations

from typing import Any

from rich.table import Table

from include.cli.output import AsJson, console, print_json, shown, told
from include.parameters import Parameter, told_parameters


@told
def params(as_json: AsJson = False) -> None:
    """The biological parameters: value, range, unit, source, meaning; and which differ from the default."""
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
            value = f"[bold]{shown(value)}[/bold] (default {shown(_plain(parameter.default))})"
        else:
            value = shown(value)
        table.add_row(parameter.name, value, _allowed(parameter), shown(parameter.source), shown(parameter.description))
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
