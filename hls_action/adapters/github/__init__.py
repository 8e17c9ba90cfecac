"""GitHub: over REST, or a folder in its place."""
