"""Looking for work instead of being woken by it."""
