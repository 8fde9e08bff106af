"""`compare`, `cutover`: from the quick path to the biological one."""

from __future__ import annotations

from typing import Annotated

import typer

from include.cli.options import AsJson
from include.cli.output import console, explain_errors, print_json
from include.curation import cutover as cut
from include.errors import CodexError
from include.installation.environment import store_running
from include.reading.latest import published
from include.store.address import store_url
from include.store.connection import connect


@explain_errors
def compare(as_json: AsJson = False) -> None:
    """Compare quick insights with biological knowledge.

    Coverage, length, confidence, agreement, evidence.
    """
    with store_running(), connect(store_url()) as store, published():
        found = cut.compare(store)
    if as_json:
        print_json(found.as_json())
        return
    rows = (
        ("memories", found.memories, found.memories),
        ("covered", found.quick, found.biological),
        ("characters", found.quick_length, found.biological_length),
        ("confidence", found.quick_confidence, found.biological_confidence),
        ("evidence (memories)", found.quick_evidence, found.biological_evidence),
    )
    console.print(f"{'':<22}{'quick':>10}{'biological':>12}")
    for name, quick, biological in rows:
        console.print(f"{name:<22}{_shown(quick):>10}{_shown(biological):>12}")
    console.print(
        f"Of {found.both} memories that both know: the biological path is shorter in {found.biological_shorter}, "
        f"surer in {found.biological_surer}, rests on more evidence in {found.biological_more_evidence}; "
        f"words in common {_shown(found.agreement)}. Cut over: {found.share:g}."
    )


def _shown(value: float | None) -> str:
    return "-" if value is None else str(value) if isinstance(value, int) else f"{value:.2f}"


@explain_errors
def cutover(
    share: Annotated[float | None, typer.Argument(help="0 (all quick) to 1 (all biological); none: show it.")] = None,
    back: Annotated[bool, typer.Option("--back", help="To the share before the last move.")] = False,
    as_json: AsJson = False,
) -> None:
    """Move the share of memories whose insight is biological.

    Which ones they are never changes by itself.
    """
    if share is not None and back:
        raise CodexError("Give a share, or --back, not both.")
    with store_running(), connect(store_url()) as store, published():
        if back:
            cut.go_back(store)
        elif share is not None:
            cut.move(store, share)
        now = cut.share(store)
    if as_json:
        print_json(
            {
                **{"share": now.share, "previous_share": now.previous_share},
                **{"quick": now.quick, "biological": now.biological},
            }
        )
        return
    before = "" if now.previous_share is None else f" (before: {now.previous_share:g})"
    console.print(f"{now.share:g} is cut over{before}: {now.quick} quick, {now.biological} biological insights")
