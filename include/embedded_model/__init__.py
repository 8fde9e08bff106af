"""The embedded model: answers every task and embeds, with no server and no weights, always the same way."""
