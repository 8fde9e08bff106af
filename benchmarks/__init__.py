"""How fast, against what, as ratios measured in one run. Never part of a test."""
