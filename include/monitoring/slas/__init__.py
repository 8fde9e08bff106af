"""What should be done by when: targets, measures, and the episodes in which a target was missed."""
