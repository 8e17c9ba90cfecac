"""The action's second step: the locked packages, in an environment of their own. Standard library only."""
