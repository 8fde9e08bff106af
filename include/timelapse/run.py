"""A whole time-lapse: a shadow, the notes, the nights, what was seen, the files."""

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
from include.timelapse.learned import learned
from include.timelapse.nights import LivedNight, live_through
from include.timelapse.observations import Observations
from include.timelapse.pictures import draw_all
from include.timelapse.shadow import copy_answers, copy_memories, copy_retrievals, shadow


@dataclass(frozen=True)
class Lapse:
    """What is lived through. Without `notes`, the installation's own memories, with what readers recalled.

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
            made = place.enter_context(shadow(folder, changes=changes, tell=tell))
            _fill(lapse, made, tell)
        prepared = time.monotonic()
        seen = Observations()

        def after(lived: LivedNight) -> None:
            seen.look(lived)
            follow(lived)

        # Only a green run is published (DESIGN rule 8).
        audited = lapse.audited or lapse.in_place
        seconds, failed = live_through(lapse.nights, audited=audited, published=lapse.in_place, after=after)
        lived_through = time.monotonic()
        seen.conclude()
        page = lapse.folder / "learned.md"
        page.write_text(learned(), encoding="utf-8")
    files = [*seen.write(lapse.folder), *draw_all(seen.sheets, lapse.folder), page]
    last = dict(zip(seen.sheets["nights"].columns, seen.sheets["nights"].rows[-1], strict=True))
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


def _fill(lapse: Lapse, made: Any, tell: Tell) -> None:
    if lapse.notes:
        taken = remember(made.url, lapse.notes, max_content_length=parameters().max_content_length)
        tell(f"{taken.new} notes, {taken.refused} refused")
    else:
        tell(f"{copy_memories(made)} memories of the installation")
        copy_retrievals(made)
    copy_answers(made)
