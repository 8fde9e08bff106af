"""What working memory weighs, and what a note commits to."""

import pytest
from pydantic import ValidationError

from include.language_model.memory_text import MemoryText
from include.language_model.tasks.perceive import PERCEIVE, Perceived

COMMITMENT = {"phrase": "Call Anna", "what": "call Anna", "who": "me", "to_whom": "Anna", "due": "2026-03-04"}
COMMITMENT |= {"due_time": "09:30", "kind": "task"}


def test_the_fields_are_those_the_dbt_models_read():
    assert list(Perceived.model_fields) == [
        *("importance", "urgency", "arousal", "valence", "sentiment", "task_type"),
        *("people", "organizations", "tools", "places", "topics", "commitments"),
    ]


def test_every_field_is_required_in_the_schema_that_is_sent():
    schema = PERCEIVE.schema
    assert set(schema["required"]) == set(Perceived.model_fields)
    noted = schema["$defs"]["NotedCommitment"]
    assert set(noted["required"]) == set(noted["properties"])


@pytest.mark.parametrize(
    "wrong",
    [{"importance": 1.1}, {"valence": -2}, {"sentiment": "mixed"}, {"task_type": "idea"}, {"topics": ["t"] * 11}]
    + [
        {"commitments": [COMMITMENT | wrong]} for wrong in ({"due": "2026-02-30"}, {"due_time": "25:00"}, {"kind": "x"})
    ],
)
def test_an_answer_out_of_bounds_is_refused(wrong):
    right = {"importance": 0.5, "urgency": 0, "arousal": 0, "valence": 0, "sentiment": "neutral", "task_type": "goal"}
    right |= {name: [] for name in ("people", "organizations", "tools", "places", "topics")}
    right |= {"commitments": [COMMITMENT]}
    assert Perceived.model_validate(right).commitments[0].due == "2026-03-04"
    with pytest.raises(ValidationError):
        Perceived.model_validate({**right, **wrong})


def test_a_decision_with_a_deadline_is_important_and_urgent():
    answer = PERCEIVE.embedded(PERCEIVE.example)
    assert answer.importance > 0.6
    assert answer.urgency > 0.6
    assert answer.people == ["Priya"]
    assert "billing migration" in answer.topics


def test_a_promise_is_resolved_against_the_time_of_the_note():
    [test_plan] = [item for item in PERCEIVE.embedded(PERCEIVE.example).commitments if "test plan" in item.what]
    assert (test_plan.who, test_plan.to_whom, test_plan.due) == ("me", "Priya", "2025-03-05")
    assert "promised her the test plan" in test_plan.phrase


def test_the_sign_of_an_emotion_does_not_change_its_strength_much():
    joy = PERCEIVE.embedded(MemoryText(content="I love this garden!"))
    hate = PERCEIVE.embedded(MemoryText(content="I hate this garden!"))
    assert joy.valence > 0 > hate.valence
    assert (joy.sentiment, hate.sentiment) == ("positive", "negative")
    assert joy.arousal == pytest.approx(hate.arousal, abs=0.2)
