"""What is asked of Claude, and what follows from its answers."""
