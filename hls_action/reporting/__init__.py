"""What people see of a run and of the ledger: log, summary, outputs, dashboard. Values in, text out."""
