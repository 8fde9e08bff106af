"""An installation: its environment, its preparation, its image, its backups."""
