"""All I/O, one door each. Adapters never import one another; only ``bootstrap`` builds them."""
