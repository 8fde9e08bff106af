"""Lesson, gist and label of a note."""

import pytest

from include.embedded_model.analysis import analyse
from include.embedded_model.gists import (
    LONGEST_GIST,
    LONGEST_INSIGHT,
    confidence,
    gist,
    insight_type,
    label,
    lesson,
    names_a_day,
    polished,
    timeless,
    within,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("However, it works", "It works."),
        ("I recently learned that cats sleep sixteen hours.", "Cats sleep sixteen hours."),
        ("It turns out the key held a timestamp.", "The key held a timestamp."),
        ("Print it like so:", "Print it."),
        ("The tool (which I found by accident) is fast.", "The tool is fast."),
        ("**Bold** words stay", "Bold words stay."),
        ("git rebase --abort", "Git rebase --abort."),
        ("we got married - how about you?", "We got married."),
        ("Keep .ruby-version files", "Keep .ruby-version files."),
    ],
)
def test_a_polished_sentence_stands_by_itself(text, expected):
    assert polished(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("On Monday the deploy failed again.", "The deploy failed again."),
        ("We agreed to ship by Friday, behind a flag.", "We agreed to ship, behind a flag."),
        ("The talk on 12 June at Siemens went well.", "The talk at Siemens went well."),
        ("Every year in July the tomatoes get blight.", "Every year in July the tomatoes get blight."),
        ("Starting tomorrow, I will go to the gym.", "I will go to the gym."),
        ("Gestern haben wir lange geredet.", "Haben wir lange geredet."),
        ("Nothing of the kind.", "Nothing of the kind."),
        ("It failed on a Thursday in rehearsal.", "It failed on a Thursday in rehearsal."),
        ("He said that Tuesday's outage came from his code.", "He said that Tuesday's outage came from his code."),
    ],
)
def test_a_gist_forgets_when_it_was(text, expected):
    assert timeless(text) == expected


def test_a_cut_ends_with_a_clause_or_a_mark():
    assert (
        within("One clause, another clause, and a third clause that is too long", 32) == "One clause, another clause."
    )
    assert within("word " * 100, 20).endswith("\u2026")
    assert len(within("x" * 1000, 50)) <= 50


class TestLesson:
    def test_it_is_the_sentence_with_the_lesson_and_not_the_first(self):
        text, sentence = lesson(
            analyse(
                "We had dinner at the usual place. The soup was fine. I learned that Tom decided to leave the company."
            )
        )
        assert text == "Tom decided to leave the company."
        assert sentence is not None

    def test_it_is_put_under_the_title_when_it_does_not_say_what_it_is_about(self):
        text, _ = lesson(
            analyse("# Previous Buffer\n\nThe quickest way to do this is ctrl-^, which toggles between two files.")
        )
        assert text.startswith("Previous Buffer: ")

    def test_it_names_who_says_it(self):
        assert lesson(analyse("Jon: I lost my job as a banker."))[0] == "Jon: I lost my job as a banker."

    def test_a_list_of_boxes_is_told_as_a_list(self):
        text, _ = lesson(analyse("- [ ] renew passport\n- [x] pay rent\n- [ ] book dentist"))
        assert text == "To do: renew passport; book dentist. Done: pay rent."

    def test_references_and_lead_ins_are_never_the_lesson(self):
        text, _ = lesson(
            analyse("See the docs for more details.\n\nRun the following:\n\nSorting twice is slower than once.")
        )
        assert text == "Sorting twice is slower than once."

    @pytest.mark.parametrize(
        ("note", "expected"),
        [
            (
                "# Undo The Last Commit\n\nSometimes I commit too early and notice a moment later. "
                "You can take a commit back with `git reset`:\n\n```bash\n$ git reset --soft HEAD~1\n```\n\n"
                "The changes of that commit are staged then.",
                "Undo The Last Commit: You can take a commit back with git reset: `git reset --soft HEAD~1`",
            ),
            (
                "# Weeks As Intervals\n\nIt is pretty common to see hours or days in intervals. "
                "However, an interval can also be made of weeks by saying `week`.\n\n```sql\nselect 1;\nselect 2;\n```",
                "An interval can also be made of weeks by saying week.",
            ),
            (
                "# Call With A List\n\nOften you have a list where a function takes several arguments. "
                "You want to pass its items one by one. This can be done with `apply`.\n\n"
                "```js\nf.apply(null, [1, 2])\n```",
                "Call With A List: You want to pass its items one by one. This can be done with apply: "
                "`f.apply(null, [1, 2])`",
            ),
        ],
        ids=["scene before it", "turn", "with what it leans on"],
    )
    def test_of_a_how_to_it_is_what_can_be_done_and_not_the_scene_before(self, note, expected):
        assert lesson(analyse(note))[0] == expected

    def test_a_command_that_goes_on_or_an_output_is_not_quoted(self):
        for code in ("$ git log \\\n  --all", "one\ntwo", "select 1 as"):
            note = f"# Show All\n\nYou can see all of it with `log`:\n\n```bash\n{code}\n```"
            assert lesson(analyse(note))[0] == "You can see all of it with log."

    def test_a_pronoun_is_said_with_what_it_stands_for(self):
        said = "Nate: I'm drawn to turtles. They're calm and their slow pace is a nice change from the rush of life."
        assert lesson(analyse(said))[0] == said

    def test_it_is_bounded_and_ends_like_a_sentence(self):
        text, _ = lesson(analyse("I learned that " + ", ".join(["the river is deep and wide"] * 40) + "."))
        assert len(text) <= LONGEST_INSIGHT
        assert text.endswith(".")

    @pytest.mark.parametrize(
        ("note", "expected"),
        [
            ("https://www.example.org/docs/json-functions.html", "A link to example.org: docs json functions html."),
            ("```python\ndef fib(n):\n    return n\n```", "A piece of code with fib."),
            ("", "An empty note."),
            ("***", "An empty note."),
        ],
    )
    def test_a_note_without_sentences_is_described(self, note, expected):
        text, sentence = lesson(analyse(note))
        assert text == expected
        assert confidence(analyse(note), sentence) <= 0.5


@pytest.mark.parametrize(
    ("note", "kind"),
    [
        ("What if we used the queue for the exports too?", "idea"),
        ("Why does the cache miss at night?", "question"),
        ("The tomatoes always get blight after a week of rain.", "pattern"),
        ("Octopuses have three hearts and blue blood.", "observation"),
    ],
)
def test_the_kind_of_thought(note, kind):
    analysis = analyse(note)
    assert insight_type(analysis, lesson(analysis)[1]) == kind


def test_a_sure_lesson_is_more_certain_than_a_guess():
    sure, guess = analyse("I learned that the valve must be open."), analyse("Maybe the valve is open, I am not sure.")
    assert confidence(sure, lesson(sure)[1]) > confidence(guess, lesson(guess)[1]) + 0.1


class TestGist:
    def test_it_has_no_dates_and_says_what_matters(self):
        text = gist(analyse("On Tuesday, 4 March 2025 the deploy failed because the migration locked the table."))
        assert text == "The deploy failed because the migration locked the table."

    def test_a_summary_that_is_a_sentence_is_the_gist(self):
        summary = "The nightly export is slow because every invoice is loaded twice."
        assert gist(analyse("Long story. " * 30, summary=summary), summary) == summary

    def test_a_summary_that_is_a_title_is_only_a_title(self):
        note = "# Grab A Limited Set Of Records From A Table\n\nThe limit clause keeps the first rows."
        assert "limit clause" in gist(analyse(note), "Grab A Limited Set Of Records From A Table")

    def test_two_sentences_come_in_the_notes_order(self):
        text = gist(analyse("Good bread needs a lot of time. The crust gets crisp because steam escapes."))
        assert text.index("bread") < text.index("crust")

    @pytest.mark.parametrize("note", ["", "ok", "word " * 5000, "Monday.", "On Monday, Friday 3 May."])
    def test_it_is_never_empty_and_never_too_long(self, note):
        text = gist(analyse(note))
        assert 1 <= len(text) <= LONGEST_GIST

    def test_it_has_at_least_20_characters_where_the_note_has(self):
        assert len(gist(analyse("Yes. It is so. We know it. Fine."))) >= 20

    def test_no_weekday_is_left(self):
        assert not names_a_day(
            gist(analyse("On Monday we met Tom and on Friday we signed the contract for the house."))
        )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Abort a rebase: git rebase --abort brings it back.", "Abort a rebase"),
        ("Jon: Lost my job. I want to dance.", "Lost my job"),
        ("Short thought", "Short thought"),
        ("", "an untitled note"),
    ],
)
def test_a_label_is_a_title_or_a_first_clause(text, expected):
    assert label(text) == expected


def test_a_long_label_is_cut_before_a_waiting_word():
    text = label(
        "In combination with the other tool that I found you can load a module into the environment and run it"
    )
    assert len(text) <= 64
    assert text.endswith("\u2026")
    assert text.rstrip("\u2026").split()[-1] not in {"a", "the", "into", "and", "can"}
