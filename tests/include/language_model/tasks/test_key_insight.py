"""The one thing worth keeping of a memory."""

from include.language_model.memory_text import MemoryText
from include.language_model.tasks.key_insight import KEY_INSIGHT, KeyInsight


def test_the_fields_are_those_the_dbt_models_read():
    assert list(KeyInsight.model_fields) == [
        *("insight", "insight_type", "confidence", "people", "concepts", "tools", "locations"),
    ]


def test_the_lesson_is_found_and_not_the_first_sentence():
    answer = KEY_INSIGHT.embedded(KEY_INSIGHT.example)
    assert answer.insight == "The cache key held a timestamp, so it never hit."
    assert answer.insight_type == "observation"
    assert answer.confidence > 0.6
    assert "ci" in answer.concepts


def test_who_what_and_where_come_with_it():
    answer = KEY_INSIGHT.embedded(
        MemoryText(content="In Lisbon I decided with Sarah to write the travel notes in Obsidian from now on.")
    )
    assert answer.people == ["Sarah"]
    assert answer.tools == ["Obsidian"]
    assert answer.locations == ["Lisbon"]


def test_a_note_in_another_language_keeps_its_language():
    answer = KEY_INSIGHT.embedded(MemoryText(content="Der Teig muss eine Stunde ruhen, weil er sonst reisst."))
    assert answer.insight == "Der Teig muss eine Stunde ruhen, weil er sonst reisst."
