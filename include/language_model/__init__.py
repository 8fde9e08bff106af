"""The language model: seven typed tasks and embedding, answered by Ollama or by the embedded model."""
