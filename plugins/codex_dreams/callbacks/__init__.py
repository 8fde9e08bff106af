"""What is called when something was late."""
