"""The command `./codex`: the table of commands (`commands.py`), and a file a command or a few."""
