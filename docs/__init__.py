"""The documentation, and what writes the parts of it that are read from the code."""
