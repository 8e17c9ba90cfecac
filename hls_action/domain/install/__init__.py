"""Rules of the installation: which package indexes are used, and why it failed."""
