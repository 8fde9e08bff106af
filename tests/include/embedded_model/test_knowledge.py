"""Field, concepts, kind and level of knowledge."""

import pytest

from include.embedded_model.analysis import analyse
from include.embedded_model.fields import fields_in
from include.embedded_model.knowledge import (
    abstraction_level,
    category,
    concepts,
    integration_points,
    knowledge_type,
    region,
)
from include.embedded_model.words import words_of


@pytest.mark.parametrize(
    ("note", "tags", "expected"),
    [
        ("Anything at all.", ("git",), "git"),
        ("Anything at all.", ("programming", "postgres"), "postgres"),
        ("Anything at all.", ("til", "rspec"), "ruby"),
        ("Anything at all.", ("beekeeping",), "beekeeping"),
        ("Knead the dough, then bake the bread in a hot oven.", (), "cooking"),
        ("The dog needs a new leash and a visit to the vet.", (), "pets"),
        ("Rebase the branch and squash the commits with `git rebase`.", (), "git"),
        ("Der Teig für das Brot muss backen.", (), "cooking"),
        ("ok thanks bye", (), "everyday life"),
    ],
)
def test_a_field_comes_from_tags_then_words(note, tags, expected):
    assert category(analyse(note, tags=tags)) == expected


def test_notes_of_one_field_get_the_same_word():
    notes = [
        "The sourdough starter needs flour.",
        "Bake the cake with butter.",
        "Garlic and onion in the soup.",
        "A recipe for bread.",
    ]
    assert {category(analyse(note)) for note in notes} == {"cooking"}


def test_words_of_code_count_little_in_a_note_of_everyday_life():
    assert category(analyse("The bird built a nest on a branch, and the class of birds is large.")) != "git"


def test_a_word_that_only_looks_alike_belongs_to_no_field():
    assert "science" not in fields_in(words_of("a great experience"))
    assert "celebration" not in fields_in(words_of("my presentations"))


def test_concepts_are_lower_case_and_at_most_ten():
    found = concepts(
        analyse(
            "PostgreSQL and Redis keep sessions. " * 3 + "The Invoice Export runs nightly.", tags=("til", "Billing")
        )
    )
    assert found[0] == "billing"
    assert "til" not in found
    assert len(found) <= 10
    assert all(concept == concept.lower() for concept in found)


@pytest.mark.parametrize(
    ("note", "kind"),
    [
        (
            "# Sort Lines\n\nRun the command to sort.\n\n```bash\n$ sort a\n```\n\nUse the flag to reverse.",
            "procedural",
        ),
        ("Octopuses have three hearts.", "declarative"),
        ("If the dough is cold, it rises slowly. When it is warm, it rises fast.", "conditional"),
    ],
)
def test_the_kind_of_knowledge(note, kind):
    assert knowledge_type(analyse(note)) == kind


@pytest.mark.parametrize(
    ("note", "expected"),
    [
        ("Decided on our strategy: the priority is the roadmap, we agreed on the budget.", "prefrontal"),
        ("The soup tasted sweet and smelled of lime, the colors were bright.", "sensory"),
        ("Step by step: knead the dough, fold it, bake it. Practice the technique.", "motor"),
        ("Octopuses have three hearts.", "association"),
    ],
)
def test_the_region(note, expected):
    analysis = analyse(note)
    assert region(analysis, knowledge_type(analysis)) == expected


def test_a_principle_is_more_abstract_than_an_event():
    event = analyse("Yesterday I met Anna at 3 pm and we paid 20 euros.")
    principle = analyse("Always measure before you optimise, because guesses are usually wrong.")
    assert abstraction_level(event) == 1
    assert abstraction_level(principle) >= 4


def test_integration_points_are_comparisons_and_known_patterns_only():
    analysis = analyse("A set is similar to an array without repeats. The sky is blue.")
    found = integration_points(analysis, ["'set' comes up in 3 of 4 related memories."])
    assert found == ("A set is similar to an array without repeats.", "'set' comes up in 3 of 4 related memories.")
    assert integration_points(analyse("The sky is blue."), []) == ()
