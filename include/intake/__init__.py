"""What `./codex remember` does: read notes, say why one can't be taken, and write the rest to the source table."""
