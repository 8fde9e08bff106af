"""dbt's own unit tests: formulas against numbers worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import World


def test_formulas_give_the_numbers_worked_out_by_hand(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from include.dbt_project.project import run_dbt

    # Left out where the pipeline runs; see include/installation/environment.py.
    monkeypatch.delenv("DBT_EXCLUDE_RESOURCE_TYPES")
    result: Any = run_dbt(["test", "--select", "test_type:unit"])
    results = {
        entry.node.name: str(entry.status) for entry in result.result.results if entry.node.resource_type == "unit_test"
    }
    assert {name: status for name, status in results.items() if status != "pass"} == {}
    assert len(results) >= 50
