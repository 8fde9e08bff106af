"""Parts of the documentation that are read from the code, one file a group."""
