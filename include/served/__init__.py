"""The served schema `codex_processed` in PostgreSQL: what was learned, for those who ask."""
