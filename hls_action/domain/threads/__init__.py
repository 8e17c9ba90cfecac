"""A conversation on GitHub, and the items in it that deserve one answer each."""
