"""The served schema `codex_processed` in PostgreSQL: its tables, migrations, and publishing into it."""
