"""Who speaks is read behind a time in brackets, in Markdown and in small letters, too."""

from alembic import op

revision = "0010"
down_revision = "0009"

COLUMN = r"""
DROP INDEX codex_processed.memory_index_speaker;
ALTER TABLE codex_processed.memory_index DROP COLUMN speaker;
ALTER TABLE codex_processed.memory_index ADD COLUMN speaker text GENERATED ALWAYS AS (lower(substring(
    left(content, {room})
    from '{pattern}'
))) STORED;
CREATE INDEX memory_index_speaker ON codex_processed.memory_index (speaker) WHERE speaker IS NOT NULL;
"""

# "Anna: …" and "Anna Keller: …", behind "[29 Jan 2023, 14:32] ", "(14:32) " or "29/01/2023, 14:32 - ", as
# "**Anna:** …", "<anna>: …" or "Anna (14:32): …". Who speaks less than three times is asked about by nobody.
PATTERN = (
    r"^(?:\[[^]\n]{1,40}\] ?|\([^)\n]{1,40}\) ?|[0-9][0-9/., T:-]{4,25}(?:[AaPp][Mm])? ?[-|]? ?)?[-*_<# ]{0,4}"
    r"([[:alpha:]][[:alpha:]''.-]{0,30})(?: [[:upper:]][[:alpha:]''.-]{0,30}){0,2}"
    r"(?: \([^)\n]{1,40}\))?>?[*_]{0,2}:[*_]{0,2}[ \n]"
)
PATTERN_BEFORE = r"^([[:upper:]][[:alpha:]''.-]{0,30}|user|assistant|human)(?: [[:upper:]][[:alpha:]''.-]{0,30}){0,2}: "


def upgrade() -> None:
    op.execute(COLUMN.format(room=200, pattern=PATTERN))


def downgrade() -> None:
    op.execute(COLUMN.format(room=100, pattern=PATTERN_BEFORE))
