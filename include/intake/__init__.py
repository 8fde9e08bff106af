"""Intake: reads notes (JSON Lines, Markdown, folders), refuses what is none, writes the rest to the source table."""
