"""What each rhythm costs, by how much is stored: processor seconds and peak memory, and how both grow.

For each size an installation is filled with short texts (`benchmarks/texts.py`), and all rhythms of a night go over
them, each a command of its own, as its owner would run it (`consolidate --local`). Then some new notes come, of the day
after, and all rhythms go over them again: that is a beat. Processor seconds are the kernel's, of the command and of all
processes that it started, without PostgreSQL, so they say the same on a busy machine. Memory is the resident memory of
the largest process of the command, looked at a few times a second.

A larger size goes on in the installation of the smaller one: what `load` tells is the cost of what was added. So the
sum over the sizes is that of all texts. `python -m benchmarks.growth --help` has the sizes and the targets' places.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psutil

from benchmarks.texts import Text, short_texts
from include.rhythms.catalogue import NIGHT
from include.settings import REPOSITORY

SIZES = (1_000, 10_000)
"""What `make bench ARGS=growth` goes through; 100,000 takes most of an hour and is asked for by name."""
NEW_NOTES = 100
LOOKS_A_SECOND = 10
MEBIBYTE = 1024 * 1024
TIMEOUT_SECONDS = 4 * 3600


@dataclass(frozen=True)
class Cost:
    """Of one command: processor seconds and wall-clock seconds, MiB of its largest process, whether it succeeded."""

    cpu_seconds: float
    seconds: float
    peak_mib: int
    succeeded: bool


def measure(sizes: Sequence[int] = SIZES, home: Path | None = None, new_notes: int = NEW_NOTES) -> dict[str, Any]:
    """Costs by size and rhythm, and ratios between the largest size and the smallest.

    :param home: an installation to go on with; without it, one is made for the time of the measurement
    """
    if home is not None:
        return _measure(sizes, home, new_notes)
    with tempfile.TemporaryDirectory(prefix="codex-bench-") as folder:
        return _measure(sizes, Path(folder), new_notes)


def _measure(sizes: Sequence[int], home: Path, new_notes: int) -> dict[str, Any]:
    texts = short_texts(max(sizes) + new_notes * len(sizes))
    by_size, stored = {}, 0
    for size in sizes:
        given = list(itertools.islice(texts, size - stored))
        _told(f"{size}: loading {len(given)} texts")
        load = _night_over(home, given, _day_after(given))
        stored = size
        beat: dict[str, Cost] = {}
        if new_notes:
            new = list(_on(_day_after(given), itertools.islice(texts, new_notes)))
            _told(f"{size}: a beat of {new_notes} new notes")
            beat = _night_over(home, new, _day_after(new))
        idle = _codex(home, "consolidate", "--local", "--type", "working", "--as-of", _day_after(given).isoformat())
        by_size[str(size)] = {
            "texts": len(given),
            "load": {name: asdict(cost) for name, cost in load.items()},
            "beat": {name: asdict(cost) for name, cost in beat.items()},
            "idle_working": asdict(idle),
            "load_cpu_seconds": round(sum(cost.cpu_seconds for cost in load.values()), 1),
            "beat_cpu_seconds": round(sum(cost.cpu_seconds for cost in beat.values()), 1),
            "peak_mib": max(cost.peak_mib for cost in [*load.values(), *beat.values()]),
        }
    return {"new_notes": new_notes, "sizes": by_size, "growth": _growth(by_size, sizes)}


def _growth(by_size: Mapping[str, Mapping[str, Any]], sizes: Sequence[int]) -> dict[str, Any]:
    """How the largest size compares with the smallest."""
    small, large = by_size[str(sizes[0])], by_size[str(sizes[-1])]
    beats = {
        name: round(cost["cpu_seconds"] / small["beat"][name]["cpu_seconds"], 2) for name, cost in large["beat"].items()
    }
    return {
        "stored": round(sizes[-1] / sizes[0], 1),
        "peak_memory": round(large["peak_mib"] / small["peak_mib"], 2),
        "beat_cpu": round(large["beat_cpu_seconds"] / small["beat_cpu_seconds"], 2) if beats else None,
        "beat_cpu_by_rhythm": beats,
    }


def _night_over(home: Path, texts: Sequence[Text], as_of: datetime) -> dict[str, Cost]:
    """Remember the texts, and go through all rhythms at an instant; the cost of each, `remember` first."""
    notes = home / "notes.jsonl"
    home.mkdir(parents=True, exist_ok=True)
    notes.write_text("".join(json.dumps(text, ensure_ascii=False) + "\n" for text in texts), encoding="utf-8")
    costs = {"remember": _codex(home, "remember", str(notes))}
    for rhythm in NIGHT:
        command = ("consolidate", "--local", "--type", str(rhythm.command), "--as-of", as_of.isoformat())
        costs[rhythm.dag_id] = cost = _codex(home, *command)
        _told(f"  {rhythm.dag_id}: {cost.cpu_seconds:.1f} s of processor time, {cost.peak_mib} MiB")
    return costs


def _day_after(texts: Sequence[Text]) -> datetime:
    latest = max(datetime.fromisoformat(text["created_at"]) for text in texts)
    return (latest + timedelta(days=1)).replace(hour=12, minute=0, second=0, microsecond=0)


def _on(day: datetime, texts: Iterator[Text]) -> Iterator[Text]:
    """The texts as notes of the morning before an instant, five minutes apart."""
    for number, text in enumerate(texts):
        yield {**text, "created_at": (day - timedelta(minutes=5 * number + 1)).isoformat()}


def _codex(home: Path, *arguments: str) -> Cost:
    """Run a command of ours and watch it."""
    environment = {**os.environ, "CODEX_HOME": str(home), "CODEX_TIMEZONE": "UTC"}
    environment["PYTHONPATH"] = os.pathsep.join([str(REPOSITORY), str(REPOSITORY / "plugins")])
    environment["PYTHONPYCACHEPREFIX"] = str(home / "bytecode")  # as ./codex has it
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    started, before = time.monotonic(), _children_seconds()
    process = subprocess.Popen(
        [sys.executable, "-m", "include.cli", *arguments],
        cwd=REPOSITORY,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    watch = _Watch(process.pid)
    watch.start()
    try:
        _, complaint = process.communicate(timeout=TIMEOUT_SECONDS)
    finally:
        watch.ended.set()
        watch.join()
    if process.returncode:
        _told(complaint.decode(errors="replace").strip())
    return Cost(
        cpu_seconds=round(_children_seconds() - before, 2),
        seconds=round(time.monotonic() - started, 2),
        peak_mib=watch.peak // MEBIBYTE,
        succeeded=process.returncode == 0,
    )


def _children_seconds() -> float:
    times = psutil.Process().cpu_times()
    return times.children_user + times.children_system


class _Watch(threading.Thread):
    """Looks at a process and those it started, PostgreSQL aside, and keeps the most memory that one of them had."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._process = psutil.Process(pid)
        self.ended = threading.Event()
        self.peak = 0

    def run(self) -> None:
        while not self.ended.wait(1 / LOOKS_A_SECOND):
            try:
                several = [self._process, *self._process.children(recursive=True)]
                self.peak = max(self.peak, *(_resident(process) for process in several))
            except psutil.NoSuchProcess:
                return


def _resident(process: psutil.Process) -> int:
    try:
        return 0 if "postgres" in process.name() else int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0


def _told(text: str) -> None:
    print(f"· {text}", file=sys.stderr, flush=True)


def table(measured: Mapping[str, Any]) -> str:
    """The figures as a table in Markdown: a row a rhythm; for each size the load and the beat, seconds and MiB."""
    sizes = measured["sizes"]
    header = "".join(f" {int(size):,}: load | MiB | beat | MiB |" for size in sizes)
    lines = [f"| rhythm |{header}", "|---|" + "---|" * 4 * len(sizes)]
    for name in ["remember", *(rhythm.dag_id for rhythm in NIGHT)]:
        cells = []
        for found in sizes.values():
            for kind in ("load", "beat"):
                cost = found[kind].get(name)
                cells += [f"{cost['cpu_seconds']:.1f}", str(cost["peak_mib"])] if cost else ["", ""]
        lines.append(f"| `{name}` | " + " | ".join(cells) + " |")
    sums = []
    for found in sizes.values():
        sums += [str(found["load_cpu_seconds"]), str(found["peak_mib"]), str(found["beat_cpu_seconds"]), ""]
    return "\n".join([*lines, "| all | " + " | ".join(sums) + " |"])


def draw(measured: Mapping[str, Any], target: Path) -> None:
    """A picture of the cost over the size: processor seconds of a beat, and the peak of memory. Two sizes or more."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    sizes = [int(size) for size in measured["sizes"]]
    figure, (time_axes, memory_axes) = pyplot.subplots(1, 2, figsize=(10, 4), constrained_layout=True)
    for rhythm in NIGHT:
        beats = [found["beat"].get(rhythm.dag_id) for found in measured["sizes"].values()]
        if all(beats):
            time_axes.plot(sizes, [beat["cpu_seconds"] for beat in beats], marker="o", label=rhythm.dag_id)
        peaks = [found["load"][rhythm.dag_id]["peak_mib"] for found in measured["sizes"].values()]
        memory_axes.plot(sizes, peaks, marker="o", label=rhythm.dag_id)
    for axes, title in (
        (time_axes, f"A beat of {measured['new_notes']} notes: processor seconds"),
        (memory_axes, "Peak of memory, MiB"),
    ):
        axes.set(xscale="log", xlabel="memories stored", title=title)
        axes.set_ylim(bottom=0)
    time_axes.legend(fontsize="small")
    figure.savefig(target)


def main() -> None:
    """Measure, print the table, and write JSON and a picture beside each other."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES), help="memories stored, ascending")
    parser.add_argument("--new-notes", type=int, default=NEW_NOTES, help="of a beat; 0: no beats (default: 100)")
    parser.add_argument("--home", type=Path, help="an empty folder that is kept (default: a temporary one)")
    parser.add_argument("--output", type=Path, help="what to write: this name with .json and .svg")
    given = parser.parse_args()
    measured = measure(sorted(given.sizes), given.home, given.new_notes)
    print(table(measured))
    print(json.dumps(measured["growth"]))
    if given.output:
        given.output.with_suffix(".json").write_text(json.dumps(measured, indent=1) + "\n")
        draw(measured, given.output.with_suffix(".svg"))


if __name__ == "__main__":
    main()
