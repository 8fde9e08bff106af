"""The sample that `make demo` remembers: one month of one invented person's notes."""
