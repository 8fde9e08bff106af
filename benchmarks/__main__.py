"""`make bench`: runs the benchmarks by name (without one all that take minutes), one JSON line each."""

from __future__ import annotations

import json
import sys

from benchmarks import growth, idle_hour, language_model, search_speed, working_memory_run

BENCHMARKS = {
    "growth": growth.measure,
    "idle_hour": idle_hour.measure,
    "language_model": language_model.measure,
    "search_speed": search_speed.measure,
    "search_speed_million": search_speed.measure_a_million,
    "working_memory_run": working_memory_run.measure,
}
LONG = {"growth", "search_speed_million"}
"""Only by name."""


def main() -> None:
    """Run what was asked for; a name that is not known ends with the names there are."""
    chosen = sys.argv[1:] or sorted(BENCHMARKS.keys() - LONG)
    if unknown := set(chosen) - set(BENCHMARKS):
        sys.exit(f"There is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(sorted(BENCHMARKS))}.")
    for name in chosen:
        print(json.dumps({"benchmark": name, **BENCHMARKS[name]()}), flush=True)


if __name__ == "__main__":
    main()
