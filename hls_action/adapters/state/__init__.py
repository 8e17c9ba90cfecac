"""The stores of shared state: a branch over git, or a folder in its place."""
