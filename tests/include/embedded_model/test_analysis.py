"""Sentences, titles, speakers, keyphrases and salience of a text."""

import pytest

from include.embedded_model.analysis import analyse, content_words
from include.embedded_model.words import words_of

REBASE = """# Abort A Rebase

A rebase that runs into conflicts can be aborted at any time. `git rebase --abort` brings the branch back to
the state before the rebase started.

```bash
$ git rebase --abort
```

See the git documentation for more details.
"""


def test_a_heading_is_the_title_and_no_sentence():
    analysis = analyse(REBASE)
    assert analysis.title == "Abort A Rebase"
    assert all("Abort A Rebase" not in sentence.text for sentence in analysis.sentences)


def test_a_short_summary_stands_in_for_a_missing_title():
    assert analyse("It works now.", summary="Fixing the printer").title == "Fixing the printer"
    assert analyse("# Own title\n\nText.", summary="Other").title == "Own title"
    assert analyse("Text. More.", summary=" ".join(["word"] * 30)).title is None


@pytest.mark.parametrize(
    ("text", "speaker"),
    [
        ("Jon: I lost my job.", "Jon"),
        ("Katarzyna: see you", "Katarzyna"),
        ("Decision: we ship on Monday.", None),
        ("URGENT: call me", None),
        ("Postgres: use jsonb", None),
        ("Note: nothing", None),
    ],
)
def test_only_a_person_before_a_colon_is_a_speaker(text, speaker):
    assert analyse(text).speaker == speaker


def test_keyphrases_name_the_subject_and_no_weak_words_code_or_dates():
    phrases = analyse(REBASE, tags=("git",)).keyphrases
    assert any("rebase" in phrase for phrase in phrases)
    text = " ".join(phrases)
    for unwanted in ("details", "documentation", "bash", "monday", "any time"):
        assert unwanted not in text
    assert all(phrase == phrase.lower() and 1 <= len(phrase.split()) <= 3 for phrase in phrases)


def test_keyphrases_do_not_say_the_same_twice():
    phrases = analyse(
        "The invoice export is slow. Invoice exports run at night. Exporting an invoice takes hours."
    ).keyphrases
    assert sum("invoice" in phrase for phrase in phrases) == 1


def test_people_are_no_topics():
    phrases = analyse("Jon: Gina and I talked about the dance studio. Gina loves the dance studio.").keyphrases
    assert "dance studio" in phrases
    assert "gina" not in phrases


def test_german_topics_are_nouns():
    phrases = analyse(
        "Wir haben gestern lange über die Preisstruktur gesprochen und die Preisstruktur geändert."
    ).keyphrases
    assert "preisstruktur" in " ".join(phrases)
    assert "gesprochen" not in " ".join(phrases)


def test_salience_is_between_0_and_1_and_highest_for_what_the_note_is_about():
    analysis = analyse(REBASE)
    assert max(analysis.salience) == 1.0
    assert min(analysis.salience) >= 0.0
    best = analysis.sentences[analysis.salience.index(1.0)]
    assert "rebase" in best.text


def test_a_caption_is_no_sentence_of_the_note():
    analysis = analyse("Look at this! [image: a dog on a beach]")
    assert [(sentence.kind, sentence.text) for sentence in analysis.sentences] == [
        ("paragraph", "Look at this!"),
        ("caption", "a dog on a beach"),
    ]


def test_a_polite_question_at_the_end_makes_no_question():
    assert not analyse("We got married last week - how about you?").sentences[0].asks
    assert analyse("How are you?").sentences[0].asks


@pytest.mark.parametrize("text", ["", " ", "\n", "...", "🙂", "```\n```", "https://example.org"])
def test_next_to_nothing_is_analysed_without_complaint(text):
    analysis = analyse(text)
    assert analysis.keyphrases == ()
    assert len(analysis.salience) == len(analysis.sentences)


def test_technical_notes_are_known_by_code_or_tools():
    assert analyse(REBASE).technical
    assert analyse("How to sort.", tags=("python",)).technical
    assert not analyse("We drank wine and went for a run.", tags=("family",)).technical


def test_content_words_leave_out_grammar_everyday_words_and_dates():
    words = words_of("On Monday we really used the sourdough starter again")
    assert [word.base for word in content_words(words, "en")] == ["sourdough", "starter"]


def test_the_same_note_is_read_once():
    assert analyse(REBASE) is analyse(REBASE)
