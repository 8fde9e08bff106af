"""What the triggerer listens to."""
