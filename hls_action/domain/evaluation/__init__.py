"""How good answers are: what was expected of them, what came, and whether that got better or worse."""
