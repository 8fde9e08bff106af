"""The command `./codex`: one file a group of commands, put together in `__main__`."""
