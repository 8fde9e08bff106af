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
    assert results == dict.fromkeys(
        (
            "a_coactivation_is_of_a_pair_whichever_of_the_two_was_replayed",
            "a_concept_has_one_name_however_it_is_written",
            "a_row_that_was_rewritten_waits_although_as_many_are_known",
            "coactivations_in_any_order_give_one_weight",
            "half_a_dream_is_a_dream",
            "links_change_by_dreams_scaling_and_pruning",
            "of_several_questions_the_first_that_something_waits_for_is_told",
            "recall_makes_more_stable_and_time_fades",
            "the_strongest_fifth_and_recent_links_are_spared",
            "what_stands_everywhere_in_equal_measure_tells_nothing",
            "where_nothing_waits_the_last_question_is_told",
        ),
        "pass",
    )
