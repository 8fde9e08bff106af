"""What a note says of earlier ones and of what was open."""

from include.language_model.tasks.relate import RELATE, EarlierNote, NoteAndEarlier, NoteRelations


def test_a_note_takes_back_an_earlier_one_and_closes_a_commitment():
    answer = RELATE.embedded(RELATE.example)
    [change] = answer.relations
    assert (change.note, change.kind) == (1, "changes")
    assert "Thursday" in change.before
    assert "Friday" in change.after
    [closed] = answer.closes
    assert (closed.commitment, closed.outcome) == (1, "done")
    assert closed.phrase == "Sent Anna the invoice at last."


def test_most_notes_change_nothing():
    earlier = [EarlierNote(date="2026-03-02", text="The heron stood in the rain all morning.")]
    answer = RELATE.embedded(NoteAndEarlier(content="Bought bread and cheese.", earlier=earlier, open=[]))
    assert answer == NoteRelations(relations=[], closes=[], insight=None)


def test_what_goes_wrong_again_with_the_same_thing_is_an_insight_that_names_the_days():
    earlier = [
        EarlierNote(date="2026-03-02", text="The half marathon is in four weeks."),
        EarlierNote(date="2026-03-07", text="Pulled the calf at kilometre 14, I ran somebody else's pace."),
    ]
    note = "Skipped the warm-up. The calf hurts again."
    answer = RELATE.embedded(NoteAndEarlier(content=note, created_at="2026-03-18T18:00:00", earlier=earlier, open=[]))
    assert answer.insight is not None
    assert (answer.insight.notes, answer.insight.kind) == ([2], "pattern")
    assert "2026-03-07" in answer.insight.text


def test_every_field_is_required_in_the_schema_that_is_sent():
    for kind in (RELATE.schema, *RELATE.schema["$defs"].values()):
        assert set(kind["required"]) == set(kind["properties"])


def test_notes_and_commitments_are_numbered_and_dated():
    asked = RELATE.render(RELATE.example)
    assert "1. 2026-03-02: The meeting with the printer is on Thursday at ten." in asked
    assert "1. noted 2026-03-01, me to Anna: send the invoice, due 2026-03-06" in asked
