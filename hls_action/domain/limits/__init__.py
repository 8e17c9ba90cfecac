"""Rate limits: what a service says of them, and how fast it may be called."""
