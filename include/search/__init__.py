"""Search over what is remembered and learned."""
