"""The list of rhythms and the DAG files are one."""

from __future__ import annotations

from datetime import timedelta

from include.rhythms.catalogue import HEALTH, MAINTENANCE, NIGHT, RHYTHMS
from include.runs.consolidation import chosen
from include.settings import REPOSITORY


def test_every_rhythm_is_a_dag_file_and_every_dag_file_a_rhythm() -> None:
    assert {rhythm.dag_id for rhythm in RHYTHMS} == {path.stem for path in (REPOSITORY / "dags").glob("*.py")}


def test_a_night_is_all_rhythms_that_can_be_asked_for() -> None:
    assert set(RHYTHMS) - set(NIGHT) == {MAINTENANCE, HEALTH}
    for rhythm in NIGHT:
        assert rhythm.command is not None
        assert chosen(rhythm.command) == [rhythm]


def test_deadlines_are_those_of_the_readme() -> None:
    told = {"60 s": 60, "2 min": 120, "5 min": 300, "15 min": 900, "30 min": 1800, "1 h": 3600}
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in (REPOSITORY / "README.md").read_text().splitlines()
        if line.startswith("| `") and line.count("|") == 6
    ]
    listed = {name.strip("`"): timedelta(seconds=told[deadline]) for name, *_, deadline in rows}
    assert listed == {rhythm.dag_id: rhythm.deadline for rhythm in RHYTHMS}
