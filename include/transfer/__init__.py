"""Export and import: everything as files, a graph or a vault of notes, and back."""
