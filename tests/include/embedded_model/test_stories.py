"""A thread told without a language model quotes its notes, and says nothing that they don't."""

from __future__ import annotations

from include.embedded_model.stories import LONGEST_SENTENCE, DatedNote, tell

NOTES = [
    DatedNote("2026-03-02", "The Zeevonk has a leak at the centreboard case. Who could weld it?"),
    DatedNote("2026-03-09", "Wim looked at the Zeevonk: the centreboard is weeping, but honest."),
    DatedNote("2026-03-11", "Rule for the Zeevonk: the red flag means that nobody goes out."),
    DatedNote("2026-03-15", "Lunch with Wim at the harbour."),
    DatedNote("2026-03-21", "Rule for the Zeevonk: the red flag means that nobody goes out. What does a halyard cost?"),
    DatedNote("2026-03-28", "First sail with the Zeevonk, out past the dam and back."),
]


def test_the_story_begins_with_the_first_note_and_ends_with_the_last() -> None:
    story = tell(NOTES)
    assert story.so_far[0].notes == (1,)
    assert story.so_far[-1].notes == (6,)
    for sentence in story.so_far:
        assert sentence.text in NOTES[sentence.notes[0] - 1].text


def test_the_title_names_what_the_notes_share() -> None:
    title = tell(NOTES).title
    assert title is not None
    assert "Zeevonk" in title
    assert tell([DatedNote("2026-03-02", "Apricots."), DatedNote("2026-03-03", "Thunder.")]).title is None


def test_a_title_says_what_it_is_about_and_with_whom() -> None:
    notes = [
        DatedNote("2026-03-02", "Booked the cabin with Ruth. Jonas has the key."),
        DatedNote("2026-03-09", "Ruth wants the cabin for two weeks, Jonas for one."),
        DatedNote("2026-03-12", "Painted the cabin, and then Ruth and Jonas swam."),
    ]
    assert tell(notes).title == "Cabin with Jonas and Ruth"


def test_a_title_is_in_the_language_of_the_notes() -> None:
    notes = [
        DatedNote("2026-03-02", "Mit Ruth die Hütte gebucht, und das ist gut so."),
        DatedNote("2026-03-09", "Ruth will die Hütte für zwei Wochen haben, ich nur für eine."),
    ]
    assert tell(notes).title == "Hütte mit Ruth"


def test_an_entry_of_a_list_is_no_question() -> None:
    lists = [
        DatedNote("2026-03-02", "For the ward:\n\n- [ ] desk: glasses, charger, pencil\n- [ ] keys, gas off"),
        *NOTES,
    ]
    assert all("?" in item.text for item in tell(lists).open)


def test_what_is_said_on_two_dates_recurs_and_what_is_said_once_does_not() -> None:
    recurs = tell(NOTES).recurs
    assert [item.notes for item in recurs] == [(3, 5)]
    same_day = [DatedNote("2026-03-11", note.text) for note in NOTES]
    assert tell(same_day).recurs == ()


def test_a_question_is_open_until_a_later_note_comes_back_to_it() -> None:
    assert "What does a halyard cost?" in [item.text for item in tell(NOTES).open]
    answered = [*NOTES, DatedNote("2026-04-02", "A new halyard has a cost of 80 euros.")]
    assert "What does a halyard cost?" not in [item.text for item in tell(answered).open]


def test_a_sentence_that_is_too_long_is_passed_over_and_never_cut() -> None:
    endless = " ".join(["the Zeevonk and its halyard"] * 20)
    assert len(endless) > LONGEST_SENTENCE
    story = tell([*NOTES, DatedNote("2026-04-01", endless + ".")])
    assert all(7 not in sentence.notes for sentence in story.so_far)
