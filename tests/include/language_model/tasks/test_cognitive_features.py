"""What working memory weighs."""

import pytest
from pydantic import ValidationError

from include.language_model.memory_text import MemoryText
from include.language_model.tasks.cognitive_features import COGNITIVE_FEATURES, CognitiveFeatures


def test_the_fields_are_those_the_dbt_models_read():
    assert list(CognitiveFeatures.model_fields) == [
        *("importance", "urgency", "arousal", "valence", "sentiment", "task_type"),
        *("people", "organizations", "tools", "places", "topics"),
    ]


@pytest.mark.parametrize(
    "wrong",
    [{"importance": 1.1}, {"valence": -2}, {"sentiment": "mixed"}, {"task_type": "idea"}, {"topics": ["t"] * 11}],
)
def test_an_answer_out_of_bounds_is_refused(wrong):
    right = {"importance": 0.5, "urgency": 0, "arousal": 0, "valence": 0, "sentiment": "neutral", "task_type": "goal"}
    assert CognitiveFeatures.model_validate(right).topics == []
    with pytest.raises(ValidationError):
        CognitiveFeatures.model_validate({**right, **wrong})


def test_a_decision_with_a_deadline_is_important_and_urgent():
    answer = COGNITIVE_FEATURES.embedded(COGNITIVE_FEATURES.example)
    assert answer.importance > 0.6
    assert answer.urgency > 0.6
    assert answer.people == ["Priya"]
    assert "billing migration" in answer.topics


def test_the_sign_of_an_emotion_does_not_change_its_strength_much():
    joy = COGNITIVE_FEATURES.embedded(MemoryText(content="I love this garden!"))
    hate = COGNITIVE_FEATURES.embedded(MemoryText(content="I hate this garden!"))
    assert joy.valence > 0 > hate.valence
    assert (joy.sentiment, hate.sentiment) == ("positive", "negative")
    assert joy.arousal == pytest.approx(hate.arousal, abs=0.2)
