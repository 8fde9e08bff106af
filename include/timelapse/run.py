"""A whole time-lapse: a shadow, the notes, the nights, the observations, the files."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from include.errors import CodexError
from include.installation.prepare import Tell, prepare
from include.intake.remember import remember
from include.intake.sources import Source
from include.parameters import parameters, validated_changes
from include.settings import home
from include.timelapse.nights import LivedNight, live_through
from include.timelapse.observations import Observations
from include.timelapse.pictures import draw_all
from include.timelapse.shadow import Shadow, copy_answers, copy_corrections, copy_memories, copy_retrievals, shadow
from include.timelapse.summary_page import summary_page


@dataclass(frozen=True)
class Lapse:
    """The nights, notes and parameters of a time-lapse. Without `notes`: the installation's memories and recalls.

    `in_place`: in the installation itself, published; otherwise in a shadow, which leaves the served knowledge alone.
    """

    nights: list[date]
    folder: Path
    notes: Sequence[Source] = ()
    changes: Mapping[str, Any] | None = None
    in_place: bool = False
    audited: bool = False


def run(lapse: Lapse, *, tell: Tell, follow: Callable[[LivedNight], None]) -> dict[str, Any]:
    """Live through the nights and write CSV, pictures and a page; returns a summary. The store must be running.

    Raises CodexError for parameters or notes that can't be used, and when a run fails.
    """
    started = time.monotonic()
    changes = validated_changes(lapse.changes or {})
    if lapse.in_place and (changes or lapse.notes):
        raise CodexError("--in-place lives through the installation's own nights: leave out --set and --notes.")
    lapse.folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as place:
        if lapse.in_place:
            prepare(tell)
        else:
            tell("Making a shadow of the installation")
            folder = home().root / "shadows" / secrets.token_hex(4)
            beside = place.enter_context(shadow(folder, changes=changes, tell=tell))
            _fill(lapse, beside, tell)
        prepared = time.monotonic()
        observations = Observations()

        def after(lived: LivedNight) -> None:
            observations.look(lived)
            follow(lived)

        # Only a run whose tests passed is published.
        audited = lapse.audited or lapse.in_place
        seconds, failed = live_through(lapse.nights, audited=audited, published=lapse.in_place, after=after)
        lived_through = time.monotonic()
        observations.conclude()
        page = lapse.folder / "learned.md"
        page.write_text(summary_page(), encoding="utf-8")
    files = [*observations.write(lapse.folder), *draw_all(observations.sheets, lapse.folder), page]
    last = dict(zip(observations.sheets["nights"].columns, observations.sheets["nights"].rows[-1], strict=True))
    return {
        "nights": len(lapse.nights),
        "changed_parameters": changes,
        "at_the_end": last,
        "failed_tests": failed,
        "seconds": {
            "preparing": round(prepared - started, 1),
            "nights": round(lived_through - prepared, 1),
            "looking_and_drawing": round(time.monotonic() - lived_through, 1),
            "by_step": {step: round(spent, 1) for step, spent in sorted(seconds.items(), key=lambda entry: -entry[1])},
        },
        "files": [str(path) for path in files],
    }


def _fill(lapse: Lapse, beside: Shadow, tell: Tell) -> None:
    if lapse.notes:
        remembered = remember(beside.url, lapse.notes, max_content_length=parameters().max_content_length)
        tell(f"{remembered.new} notes, {remembered.refused} refused")
    else:
        tell(f"{copy_memories(beside)} memories of the installation")
        copy_retrievals(beside)
        copy_corrections(beside)
    copy_answers(beside)
