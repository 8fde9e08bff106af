"""`simulate`."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from include.airflow_service import supervisor
from include.cli.options import AsJson
from include.cli.output import INTERRUPTED, console, escaped, explain_errors, print_json
from include.errors import CodexError
from include.formats import print_progress
from include.installation.environment import store_running
from include.installation.prepare import check_prepared
from include.intake.sources import sources_of
from include.language_model.model import ModelUnavailableError
from include.parameters import given_changes, validated_changes
from include.settings import home

_EVERY = re.compile(r"(\d+)\s*d")


@explain_errors
def simulate(
    first: Annotated[str, typer.Option("--from", metavar="DATE", help="The first night, by the date of its evening.")],
    last: Annotated[str, typer.Option("--to", metavar="DATE", help="The last night.")],
    every: Annotated[str, typer.Option("--every", help="1d: each night; 7d: one a week.")] = "1d",
    notes: Annotated[
        list[str] | None,
        typer.Option(
            "--notes", "--jsonl", metavar="PATH", help="Notes to live with, as remember takes them; default: your own."
        ),
    ] = None,
    changes: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A parameter to try; see ./codex params.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Where pictures and numbers go.")] = None,
    audited: Annotated[
        bool, typer.Option("--audited", help="Test what every run made; default: what there is at the end.")
    ] = False,
    in_place: Annotated[
        bool, typer.Option("--in-place", help="Live in the installation itself, and publish what comes of it.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Live through past nights, and draw what they do to memory.

    A time-lapse: whole nights, one by one, beside what is served.
    """
    from include.timelapse.nights import LivedNight, nights_between
    from include.timelapse.run import Lapse, run

    lapse = Lapse(
        nights=nights_between(_day("--from", first), _day("--to", last), _every(every)),
        folder=(out or home().root / "simulations" / f"{first}_{last}").resolve(),
        notes=sources_of(notes, text=None, stdin=sys.stdin.buffer) if notes else (),
        changes=validated_changes(given_changes(changes or [])),
        in_place=in_place,
        audited=audited,
    )
    if in_place and supervisor.running_service() is not None:
        raise CodexError("The service is running, and would live through the same nights: stop it with ./codex down.")
    with _progress() as bar, store_running(airflow=True):
        if not lapse.notes or in_place:
            check_prepared()
        task = bar.add_task("getting ready", total=len(lapse.nights))

        def follow(lived: LivedNight) -> None:
            bar.update(task, completed=lived.done, description=f"night of {lived.night}")
            if not bar.console.is_terminal:
                tell(f"night of {lived.night}: {lived.done} of {lived.nights} after {lived.seconds:.0f} s")

        def tell(text: str) -> None:
            # On a screen of its own, which stays on stderr when what Airflow prints goes elsewhere.
            bar.console.print(f"[dim]·[/dim] {escaped(text)}")

        try:
            with _quiet():
                summary = run(lapse, tell=tell, follow=follow)
        except ModelUnavailableError as error:
            raise CodexError(f"The language model can't be asked: {str(error).rstrip('.')}.") from None
        except KeyboardInterrupt:
            bar.stop()
            print_progress("Stopped. The shadow is gone, and nothing that is served has changed.")
            raise typer.Exit(INTERRUPTED) from None
    if as_json:
        print_json(summary)
    else:
        _print(summary, lapse.folder)
    if summary["failed_tests"]:
        raise CodexError(f"These rules do not hold at the end: {'; '.join(summary['failed_tests'])}.")


def _print(summary: dict[str, Any], folder: Path) -> None:
    end, spent = summary["at_the_end"], summary["seconds"]
    console.print(
        f"{summary['nights']} nights in {spent['nights']:.0f} s (and {spent['preparing']:.0f} s to get ready): "
        f"{end['traces']} traces, {end['consolidated']} consolidated, {end['links']} links, "
        f"{end['archived_memories']} memories archived."
    )
    for path in summary["files"]:
        if path.endswith((".png", ".md")):
            console.print(f"  {escaped(path)}")
    console.print(f"The numbers are the .csv files in {escaped(str(folder))}.")


def _day(option: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CodexError(f"{option} is {text!r}; give a date such as 2026-03-01.") from None


def _every(text: str) -> timedelta:
    found = _EVERY.fullmatch(text.strip())
    if found is None:
        raise CodexError(f"--every is {text!r}; give whole days, such as 1d or 7d.")
    return timedelta(days=int(found[1]))


def _progress() -> Progress:
    screen = Console(file=sys.stderr, highlight=False, emoji=False, soft_wrap=not sys.stderr.isatty())
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=screen,
        disable=not screen.is_terminal,
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """What Airflow, Cosmos and dbt print goes into a log."""
    log = home().logs / "simulate.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    # Airflow's loggers keep this file until the process ends: it is not closed.
    output = log.open("w", buffering=1, encoding="utf-8", errors="backslashreplace")
    with redirect_stdout(output), redirect_stderr(output):
        yield
