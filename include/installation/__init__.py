"""An installation: its environment, preparation, setup, image and backups."""
