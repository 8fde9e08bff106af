"""A dream between two remote pieces of knowledge."""

import pytest
from pydantic import ValidationError

from include.language_model.tasks.creative_connection import CREATIVE_CONNECTION, CreativeConnection, RemotePair


def test_the_fields_are_those_the_dbt_models_read():
    assert list(CreativeConnection.model_fields) == ["connection", "shared_theme", "plausibility", "novelty"]
    assert list(RemotePair.model_fields) == [
        *("gist_a", "category_a", "concepts_a", "gist_b", "category_b", "concepts_b", "bridge"),
    ]


@pytest.mark.parametrize("connection", ["too short", "x" * 601])
def test_a_connection_has_20_to_600_characters(connection):
    with pytest.raises(ValidationError):
        CreativeConnection(connection=connection, shared_theme="t", plausibility=0.5, novelty=0.5)


def test_a_dream_names_both_ideas_and_what_they_share():
    answer = CREATIVE_CONNECTION.embedded(CREATIVE_CONNECTION.example)
    assert answer.shared_theme == "undoing"
    assert "Abort a rebase" in answer.connection
    assert "sourdough starter" in answer.connection
    assert answer.novelty > 0.6


def test_the_pair_turned_around_has_the_same_theme():
    example = CREATIVE_CONNECTION.example
    turned = RemotePair(
        gist_a=example.gist_b,
        category_a=example.category_b,
        concepts_a=example.concepts_b,
        gist_b=example.gist_a,
        category_b=example.category_a,
        concepts_b=example.concepts_a,
    )
    answer = CREATIVE_CONNECTION.embedded(turned)
    assert answer.shared_theme == CREATIVE_CONNECTION.embedded(example).shared_theme
    assert answer.novelty == CREATIVE_CONNECTION.embedded(example).novelty


def test_how_freely_it_dreams_is_a_parameter_and_part_of_what_answers_are_kept_by(monkeypatch):
    from include.parameters import parameters

    bold = parameters().model_copy(update={"rem_creativity_factor": 1.2})
    before = CREATIVE_CONNECTION.contract("m", "d")
    assert CREATIVE_CONNECTION.temperature == parameters().rem_creativity_factor
    monkeypatch.setattr("include.parameters.parameters", lambda: bold)
    assert CREATIVE_CONNECTION.temperature == 1.2
    assert CREATIVE_CONNECTION.contract("m", "d") != before
