"""README and docs tell of the rhythms as the catalogue has them."""

from __future__ import annotations

import re

from docs.parts.rhythms import PARTS
from include.rhythms.catalogue import RHYTHMS, duration_in_words
from include.settings import REPOSITORY


def test_the_readme_has_a_row_for_each_rhythm_with_its_deadline() -> None:
    text = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \|.*\| (\d+ \w+) \|$", text, re.MULTILINE))
    assert rows == {rhythm.dag_id: duration_in_words(rhythm.deadline) for rhythm in RHYTHMS}


def test_longer_patience_is_told_by_name() -> None:
    assert PARTS["patience"]() == "30 min (`hippocampal_replay` 2 h, `deep_sleep` 7 h)"


def test_a_table_is_served_by_the_rhythms_that_the_served_schema_names() -> None:
    text = (REPOSITORY / "docs" / "served-schema.md").read_text(encoding="utf-8")
    told = re.findall(r"^\| \[`(\w+)`\]\(#\1\) \| [^|]+ \| (`[^|]+`) \| (?:brought to|same)", text, re.MULTILINE)
    assert {table: set(re.findall(r"`(\w+)`", by)) for table, by in told} == {
        table: {rhythm.dag_id for rhythm in RHYTHMS if table in rhythm.serves}
        for rhythm in RHYTHMS
        for table in rhythm.serves
    }
