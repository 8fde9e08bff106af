"""Threads: memories that belong together over time, found without a language model, and their identity over nights."""
