"""`redream`: past nights again, with another model, prompt or parameter, beside what is served."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from include.cli.options import AsJson
from include.cli.output import console, escaped, explain_errors, print_json
from include.errors import CodexError
from include.formats import print_progress
from include.installation.environment import store_running
from include.installation.prepare import check_prepared


@explain_errors
def redream(
    first: Annotated[str, typer.Option("--from", metavar="DATE", help="The evening of the first night.")],
    last: Annotated[str, typer.Option("--to", metavar="DATE", help="The evening of the last night.")],
    model: Annotated[str | None, typer.Option("--model", help="Another model of the Ollama server.")] = None,
    values: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Another value of a parameter; repeatable.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write what the shadow knows there, as JSON Lines.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Repeat past nights with another model, and compare.

    Or with other parameters, in a shadow; nothing is published.
    """
    nights = _date("--from", first), _date("--to", last)
    changes = dict(_change(value) for value in values or [])
    with store_running(airflow=True), tempfile.TemporaryDirectory(prefix="codex-redream-") as folder:
        check_prepared()
        from include.installation.prepare import prepare_airflow
        from include.timelapse.redream import redream as dream_again  # Airflow and dbt are slow to import

        prepare_airflow(print_progress)
        found = dream_again(*nights, Path(folder), model=model, changes=changes, export_to=output, tell=print_progress)
    if as_json:
        print_json(found.as_json())
        return
    console.print(f"{'':<24}{'served':>10}{'shadow':>10}")
    for name, served in found.as_json()["served"].items():
        again = found.as_json()["shadow"][name]
        console.print(f"{escaped(name.replace('_', ' ')):<24}{_figure(served):>10}{_figure(again):>10}")
    console.print(
        f"Of {found.knowledge_in_both} items of knowledge in both, {found.knowledge_said_otherwise} say otherwise; "
        f"{found.knowledge_only_served} only served, {found.knowledge_only_shadow} only in the shadow; "
        f"{found.insights_said_otherwise} insights say otherwise; {found.dreams_in_both} dreams in both."
    )
    if found.failing_tests:
        console.print(f"The shadow could not be served: {escaped(', '.join(found.failing_tests))} failed.")


def _figure(value: float | None) -> str:
    return "-" if value is None else str(value)


def _date(option: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CodexError(f"{option} is {text!r}: give the date of an evening, such as 2026-03-02.") from None


def _change(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise CodexError(f"--set {text!r} is no change: give NAME=VALUE, such as replays_per_night=6.")
    try:
        return name.strip(), yaml.safe_load(value)
    except yaml.YAMLError:
        raise CodexError(f"--set {name}: {value!r} is no value.") from None
