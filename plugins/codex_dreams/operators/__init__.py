"""The operators that a rhythm is made of."""
