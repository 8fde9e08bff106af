"""The parameters: values in the dbt project; meaning, range and source in the model; both agree."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from include.errors import CodexError
from include.parameters import (
    CHANGED_PARAMETERS,
    PROJECT_FILE,
    Parameters,
    Source,
    given_changes,
    parameters,
    told_parameters,
    validated,
    validated_changes,
)

VARS: dict[str, Any] = yaml.safe_load(PROJECT_FILE.read_text())["vars"]


def bounds(name: str) -> dict[str, float]:
    return {
        side: getattr(entry, side)
        for entry in Parameters.model_fields[name].metadata
        for side in ("ge", "le")
        if hasattr(entry, side)
    }


RANGED = sorted(name for name in Parameters.model_fields if bounds(name))


def source(name: str) -> str:
    return next(entry.text for entry in Parameters.model_fields[name].metadata if isinstance(entry, Source))


def test_the_dbt_project_and_the_model_name_the_same_parameters() -> None:
    assert set(VARS) == set(Parameters.model_fields)


def test_what_the_project_says_is_what_is_used() -> None:
    assert parameters().model_dump() == VARS


@pytest.mark.parametrize("name", RANGED)
def test_every_default_lies_within_its_range(name: str) -> None:
    assert bounds(name)["ge"] <= VARS[name] <= bounds(name)["le"]


@pytest.mark.parametrize("name", RANGED)
@pytest.mark.parametrize("side", ["ge", "le"])
def test_a_value_outside_its_range_is_refused_by_name_range_and_source(name: str, side: str) -> None:
    edge = bounds(name)[side]
    wrong = edge - 1 if side == "ge" else edge + 1
    with pytest.raises(CodexError) as refused:
        validated(VARS | {name: wrong})
    message = str(refused.value)
    assert f"{name} is {wrong!r}" in message
    assert f"allowed {bounds(name)['ge']:g} to {bounds(name)['le']:g}" in message
    assert f"(source: {source(name)})" in message


def test_a_number_must_be_a_number() -> None:
    with pytest.raises(CodexError, match=r"working_memory_capacity is 'seven'.*allowed 5 to 9 memories.*Miller 1956"):
        validated(VARS | {"working_memory_capacity": "seven"})


def test_a_missing_parameter_is_named_with_its_range() -> None:
    given = {name: value for name, value in VARS.items() if name != "sleep_cycles"}
    with pytest.raises(CodexError, match=r"sleep_cycles is missing; allowed 4 to 6 cycles \(source: Dement"):
        validated(given)


def test_an_unknown_parameter_is_refused() -> None:
    with pytest.raises(CodexError, match="atention_weight: no such parameter"):
        validated(VARS | {"atention_weight": 1})


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(CodexError) as refused:
        validated(VARS | {"sleep_cycles": 9, "working_memory_focus": 0})
    assert "sleep_cycles is 9" in str(refused.value)
    assert "working_memory_focus is 0" in str(refused.value)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"attention_weight_urgency": 0.4}, "the attention weights must sum to 1"),
        ({"gain_replay": 3.0}, "gains must be ordered retrieval > restudy > replay"),
        ({"bedtime": "05:00"}, "must end by noon"),
        ({"sleep_cycles": 4}, "slow_wave_shares must have one share for each of the 4 sleep cycles"),
        ({"rem_shares": [0.5, 0.5, 0.1, 0, 0]}, "these sum to 1.1"),
        ({"rem_shares": [1.5, -0.5, 0, 0, 0]}, "shares must be at least 0"),
        ({"bedtime": "half past ten"}, "bedtime is 'half past ten'"),
    ],
)
def test_parameters_that_do_not_go_together_are_refused(given: dict[str, Any], told: str) -> None:
    with pytest.raises(CodexError) as refused:
        validated(VARS | given)
    assert told in str(refused.value)


def test_every_parameter_is_told_with_meaning_and_source_and_has_its_default() -> None:
    told = told_parameters()
    assert [parameter.name for parameter in told] == list(Parameters.model_fields)
    assert all(parameter.description and parameter.source for parameter in told)
    assert [parameter.name for parameter in told if parameter.differs] == []
    assert {parameter.name for parameter in told if parameter.low is not None} == set(RANGED)


def test_what_is_changed_for_a_process_is_used_and_told_as_different(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CHANGED_PARAMETERS, '{"replays_per_night": 6, "working_memory_capacity": 7}')
    parameters.cache_clear()
    try:
        assert parameters().replays_per_night == 6
        [different] = [parameter for parameter in told_parameters() if parameter.differs]
        assert (different.name, different.value, different.default) == ("replays_per_night", 6, 3)
        assert different.as_json()["differs"] is True
    finally:
        parameters.cache_clear()


def test_what_is_set_by_hand_is_read_as_its_type() -> None:
    given = given_changes(["replays_per_night=6", "bedtime=23:15", "rem_shares=[0.1, 0.1, 0.2, 0.3, 0.3]"])
    assert validated_changes(given) == {
        "replays_per_night": 6.0,
        "bedtime": "23:15",
        "rem_shares": [0.1, 0.1, 0.2, 0.3, 0.3],
    }


@pytest.mark.parametrize("nothing", ["replays_per_night", "=6", "replays_per_night="])
def test_a_setting_that_says_nothing_is_refused_with_an_example(nothing: str) -> None:
    with pytest.raises(CodexError, match="give name=value, such as replays_per_night=6"):
        given_changes([nothing])


def test_a_change_out_of_its_range_is_refused_with_range_and_source() -> None:
    with pytest.raises(CodexError, match=r"replay_old_share is 0.9.*allowed 0.1 to 0.5 \(source: McClelland 1995"):
        validated_changes({"replay_old_share": 0.9})
