"""A world in one process: GitHub, Actions, Claude and the shared state, with a clock and a chance of their own."""
