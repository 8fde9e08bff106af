"""Valence has a sign, arousal has none."""

import pytest

from include.embedded_model.analysis import analyse
from include.embedded_model.feeling import Feeling, feeling_of


def felt(text, **given):
    return feeling_of(analyse(text, **given))


def test_joy_is_positive_grief_is_negative_and_both_are_aroused():
    joy = felt("We won the championship! I am absolutely thrilled and so proud!")
    grief = felt("My father died last night. I am devastated and can't stop crying.")
    calm = felt("The shelf is two metres long.")
    assert joy.sentiment == "positive"
    assert grief.sentiment == "negative"
    assert calm.sentiment == "neutral"
    assert min(joy.arousal, grief.arousal) > 0.5 > 0.15 > calm.arousal


@pytest.mark.parametrize(
    ("weaker", "stronger"),
    [
        ("I am happy.", "I am happy!!!"),
        ("This is bad.", "This is terrible."),
        ("we have to leave now", "WE HAVE TO LEAVE NOW"),
        ("It was nice.", "It was really incredibly nice."),
    ],
)
def test_emphasis_raises_arousal(weaker, stronger):
    assert felt(stronger).arousal > felt(weaker).arousal


def test_words_of_the_trade_are_no_feelings():
    note = "Kill the process when it fails with a fatal error, then abort the attack.\n\n```bash\nkill 1\n```"
    assert felt(note, tags=("unix",)).sentiment == "neutral"
    assert felt(note, tags=("unix",)).arousal < 0.2


def test_german_feelings_are_felt():
    assert felt("Ich bin überglücklich und stolz.").sentiment == "positive"
    assert felt("Ich war wütend und traurig.").sentiment == "negative"


def test_nothing_feels_nothing():
    assert felt("") == Feeling(0.0, 0.0)
    assert felt("```\nx = 1\n```") == Feeling(0.0, 0.0)
