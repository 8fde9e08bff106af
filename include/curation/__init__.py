"""The owner's decisions about memories: forgetting, restoring from the archive, cutting over."""
