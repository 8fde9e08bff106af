"""What a note says, where and when, what it commits to, and what working memory weighs."""

import pytest
from pydantic import ValidationError

from include.language_model.memory_text import MemoryText
from include.language_model.tasks.perceive import PERCEIVE, Perceived
from tests.perceived import PERCEIVED

COMMITMENT = {"phrase": "Call Anna", "what": "call Anna", "who": "me", "to_whom": "Anna", "due": "2026-03-04"}
COMMITMENT |= {"due_time": "09:30", "kind": "task"}


def perceived(content, created_at=None):
    return PERCEIVE.embedded(MemoryText(content=content, created_at=created_at))


def test_the_fields_are_those_the_dbt_models_read():
    assert list(Perceived.model_fields) == [
        *("gist", "gist_kind", "people", "organizations", "tools", "places", "topics"),
        *("goal", "tasks", "actions", "temporal_marker", "causal_links"),
        *("place", "place_frame", "time_of_day", "duration_minutes", "objects", "commitments"),
        *("task_type", "sentiment", "valence", "arousal", "urgency", "importance", "confidence"),
    ]


def test_every_field_is_required_in_the_schema_that_is_sent():
    schema = PERCEIVE.schema
    assert set(schema["required"]) == set(Perceived.model_fields)
    for part in ("NotedCommitment", "SceneObject"):
        assert set(schema["$defs"][part]["required"]) == set(schema["$defs"][part]["properties"])


@pytest.mark.parametrize(
    "wrong",
    [{"importance": 1.1}, {"valence": -2}, {"sentiment": "mixed"}, {"task_type": "idea"}, {"topics": ["t"] * 11}]
    + [
        {"gist": " "},
        {"place_frame": "here"},
        *({"duration_minutes": wrong} for wrong in (-1, float("nan"), float("inf"))),
    ]
    + [
        {"commitments": [COMMITMENT | wrong]} for wrong in ({"due": "2026-02-30"}, {"due_time": "25:00"}, {"kind": "x"})
    ],
)
def test_an_answer_out_of_bounds_is_refused(wrong):
    right = PERCEIVED | {"commitments": [COMMITMENT]}
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


def test_the_lesson_is_the_gist_and_not_the_first_sentence():
    answer = perceived("The build was slow for weeks. It turns out the cache key held a timestamp, so it never hit.")
    assert answer.gist == "The cache key held a timestamp, so it never hit."
    assert answer.gist_kind == "observation"
    assert answer.confidence > 0.6


def test_who_what_and_where_come_with_it():
    answer = perceived("In Lisbon I decided with Sarah to write the travel notes in Obsidian from now on.")
    assert (answer.people, answer.tools, answer.places) == (["Sarah"], ["Obsidian"], ["Lisbon"])


def test_a_note_in_another_language_keeps_its_language():
    text = "Der Teig muss eine Stunde ruhen, weil er sonst reisst."
    assert perceived(text).gist == text


def test_goal_task_action_time_and_cause_of_one_note():
    answer = perceived(
        "After the stand-up I rewrote the invoice query because it locked the table. I want to ship the billing "
        "migration, so I still need to update the tests.",
    )
    assert answer.goal == "ship the billing migration"
    assert answer.tasks == ["update the tests"]
    assert answer.actions == ["rewrote the invoice query"]
    assert answer.temporal_marker == "after the stand-up"
    assert len(answer.causal_links) == 1
    assert "because it locked the table" in answer.causal_links[0]


def test_a_note_without_any_of_it_gets_nulls_and_empty_lists():
    answer = perceived("Octopuses: three hearts.")
    assert (answer.goal, answer.temporal_marker, answer.place, answer.duration_minutes) == (None, None, None, None)
    assert (answer.tasks, answer.actions, answer.causal_links, answer.objects) == ([], [], [], [])


def test_place_time_duration_people_and_things_of_one_note():
    answer = perceived(
        "Sat in the kitchen with my sister for two hours and used the old scale to weigh flour for the bread.",
        created_at="2025-03-08T19:05:00",
    )
    assert (answer.place, answer.place_frame) == ("kitchen", "egocentric")
    assert answer.time_of_day == "evening"
    assert answer.duration_minutes == 120
    assert answer.people == ["sister"]
    assert answer.objects[0].name == "scale"


def test_the_clock_is_the_owners():
    assert perceived("Slept badly.", created_at="2025-03-04T07:30:00+09:00").time_of_day == "morning"
