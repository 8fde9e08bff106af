"""The demo's sample: one month of one invented person's notes."""
