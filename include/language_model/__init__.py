"""The language model: seven typed tasks and embedding, answered by a server or by the embedded model."""
