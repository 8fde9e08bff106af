"""What a sentence says and its notes don't have: numbers, dates, names."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from include.answering.evidence import Note, unsupported

ZONE = ZoneInfo("Europe/Berlin")
NOTES = [
    Note("Told Anna Keller: the rehearsal costs 1,200 euros for twelve people.", datetime(2026, 3, 4, 18, tzinfo=ZONE)),
    Note("The printer came yesterday, Marek paid. Next check in two weeks.", datetime(2026, 3, 11, 9, tzinfo=ZONE)),
    Note("Die Probe mit Jonas ist am 20. April, der Keller bleibt zu.", datetime(2026, 3, 12, 9, tzinfo=ZONE)),
]  # fmt: skip


@pytest.mark.parametrize(
    "sentence",
    [
        "The rehearsal costs 1200 euros.",
        "It is for 12 people.",
        "You told Anna on 2026-03-04.",
        "You told Anna Keller on March 4, 2026, for twelve people.",
        "Anna's rehearsal costs 1.200 euros.",
        "On 4 March you told Anna.",
        "The printer came on 2026-03-10.",
        "Marek paid the printer on Tuesday.",
        "Postponed: the next check is on 2026-03-25.",
        "In March 2026 you told Anna Keller.",
        "Die Probe mit Jonas ist am 20. April 2026, der Keller bleibt zu.",
        "Die Kosten sind bekannt, die Probe ist am 20.4.",
        "You told her.",
    ],
)
def test_what_the_notes_have_is_held(sentence: str) -> None:
    assert unsupported(sentence, NOTES) == []


@pytest.mark.parametrize(
    ("sentence", "missing"),
    [
        ("The rehearsal costs 1300 euros.", ["1300"]),
        ("It is for 4 people.", ["4"]),
        ("It is for 14 people.", ["14"]),
        ("It is for fifteen people.", ["fifteen"]),
        ("You told Anna on 2026-03-05.", ["2026-03-05"]),
        ("You told Anna on March 5.", ["March 5"]),
        ("You told Anna in June.", ["June"]),
        ("You told Anna in 2025.", ["2025"]),
        ("You told Ben and Anna.", ["Ben"]),
        ("Ben was told.", ["Ben"]),
        ("The printer Xerxes came.", ["Xerxes"]),
        ("Marek paid IBM.", ["IBM"]),
        ("Marek paid on Sunday.", ["Sunday"]),
        ("Die Probe mit Lukas ist am 21. April.", ["21. April", "Lukas"]),
    ],
)
def test_what_no_note_has_is_found(sentence: str, missing: list[str]) -> None:
    assert unsupported(sentence, NOTES) == missing


def test_the_day_of_a_note_is_no_number_of_it() -> None:
    [note] = [Note("Paid the printer.", datetime(2026, 3, 14, tzinfo=ZONE))]
    assert unsupported("Paid the printer 14 euros.", [note]) == ["14"]
    assert unsupported("Paid the printer on 2026-03-14.", [note]) == []


def test_only_the_notes_that_are_cited_count() -> None:
    assert unsupported("The rehearsal costs 1200 euros.", NOTES[1:]) == ["1200"]
