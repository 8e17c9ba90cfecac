"""The ledger: its records, who may work on what, each step from one state to the next, and how it is stored."""
