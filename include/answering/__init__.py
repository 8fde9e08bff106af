"""Answers to the owner's questions, each sentence with the notes that hold it."""
