"""What can be said of secrets without a key."""
