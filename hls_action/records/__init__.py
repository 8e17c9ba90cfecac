"""The ledger as runs share it: read once, changed by compare-and-swap."""
