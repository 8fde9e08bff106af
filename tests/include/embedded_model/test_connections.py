"""Dreams join an open point and a note of another thread by what both hold, in the notes' own words, or not at all."""

import pytest

from include.embedded_model.connections import LONGEST_CONNECTION, Note, connect

PUMP = Note("The pump", "2026-03-02", "The relay of the pump clicks. Call Anna about the freezer.")
ORGAN = Note("Choir", "2026-02-12", "The organ builder cleaned a relay. Anna sang alone.")


def test_only_a_thing_of_the_open_point_itself_joins() -> None:
    assert connect(ORGAN, PUMP, "mend the relay").theme == "relay"
    assert connect(ORGAN, PUMP, "buy oil") is None


def test_a_word_of_the_same_stem_is_not_yet_the_same_thing() -> None:
    plan = Note("Plan", "2026-03-02", "Book the cabin. Rehearse the bookings database.")
    there = Note("Database", "2026-02-12", "Move the bookings to the new server, and book a room.")
    found = connect(there, plan, "rehearse the bookings database")
    assert found.theme == "bookings"
    assert "2026-03-02: Rehearse the bookings database." in found.text
    assert connect(Note("Choir", "2026-02-12", "Book a room."), plan, "rehearse the bookings database") is None


def test_a_first_name_joins_only_where_the_open_point_names_it():
    alone = Note("Choir", "2026-02-12", "Anna sang alone.")
    assert connect(alone, PUMP, "mend the pump") is None
    assert connect(alone, PUMP, "call Anna").theme == "Anna"


def test_it_speaks_the_language_of_the_note_that_holds_the_open_point():
    german = Note("Die Pumpe", "2026-03-02", "Das Thermostat der Pumpe klickt nur noch und nichts läuft mehr.")
    other = Note("Chor", "2026-02-12", "Der Orgelbauer hat das Thermostat mit einem Tropfen Öl gereinigt.")
    found = connect(other, german, "das Thermostat prüfen")
    assert found.text.startswith("Offen in \u201eDie Pumpe\u201c")
    assert "2026-02-12: Der Orgelbauer" in found.text


@pytest.mark.parametrize("text", ["", "\n", "x" * 5000, "relay " * 400, "a relay, " * 400])
def test_any_notes_get_a_bounded_text_or_none(text):
    for other, concerned in ((ORGAN, Note("", "2026-01-01", text)), (Note("", "2026-01-01", text), PUMP)):
        found = connect(other, concerned, text)
        assert found is None or (
            20 <= len(found.text) <= LONGEST_CONNECTION
            and 1 <= len(found.theme) <= 120
            and 0 <= found.plausibility <= 1
            and 0 <= found.novelty <= 1
        )
