"""Time-lapse: living through past nights one by one, and observing what they do to memory."""
