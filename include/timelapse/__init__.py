"""Time-lapse: living through past nights one by one, and looking at what they do to memory."""
