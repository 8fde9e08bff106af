"""Search: the question, the candidates, the ranking."""
