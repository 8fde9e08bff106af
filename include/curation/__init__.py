"""What the owner decides about memories: forgetting, archiving, cutting over."""
