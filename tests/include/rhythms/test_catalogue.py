"""The list of rhythms, the DAG files, the language-model tasks and the served tables are one."""

from __future__ import annotations

import subprocess
import sys

from include.language_model.model import EMBEDDING
from include.language_model.tasks import TASKS
from include.rhythms.catalogue import HEALTH, MAINTENANCE, NIGHT, RHYTHMS, Beats
from include.runs.consolidation import chosen
from include.settings import REPOSITORY


def test_every_rhythm_is_a_dag_file_and_every_dag_file_a_rhythm_but_the_one_that_waits_for_the_owner() -> None:
    files = {path.stem for path in (REPOSITORY / "dags").glob("*.py")}
    assert {rhythm.dag_id for rhythm in RHYTHMS} == files - {"questions"}
    assert "questions" in files


def test_a_night_is_all_rhythms_that_can_be_asked_for() -> None:
    assert set(RHYTHMS) - set(NIGHT) == {MAINTENANCE, HEALTH}
    for rhythm in NIGHT:
        assert rhythm.command is not None
        assert chosen(rhythm.command) == [rhythm]


def test_every_rhythm_begins_by_itself_or_is_woken() -> None:
    assert [rhythm.dag_id for rhythm in RHYTHMS if not (rhythm.beats or rhythm.woken_by)] == []


def test_each_task_is_asked_by_one_rhythm() -> None:
    assert sorted(task for rhythm in RHYTHMS for task in rhythm.tasks) == sorted([*TASKS, EMBEDDING])


def test_every_served_table_is_served_by_a_rhythm() -> None:
    models = (REPOSITORY / "dbt" / "models" / "served").glob("served_*.sql")
    assert {table for rhythm in RHYTHMS for table in rhythm.serves} == {
        path.stem.removeprefix("served_") for path in models
    }


def test_beats_are_told_in_words() -> None:
    assert Beats().in_words(5) == ""
    assert Beats(awake_every=1, asleep="rem").in_words(4) == (
        "every minute while awake; in the REM part of each of the night's 4 cycles"
    )
    assert Beats(all_day_every=60, at_hours=(6, 18)).in_words(5) == "every hour, day and night; at 06:00, 18:00"


def test_the_catalogue_imports_nothing_but_the_standard_library() -> None:
    # The command line reads it at each start.
    program = (
        "import sys, zoneinfo; before = set(sys.modules); import include.rhythms.catalogue; "
        "print(*{name.partition('.')[0] for name in set(sys.modules) - before} - sys.stdlib_module_names)"
    )
    found = subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["include"]
