"""Replay one schedule, or run many: `python -m tests.simulation --help`."""

from __future__ import annotations

import sys

from tests.simulation.run import main

if __name__ == "__main__":
    sys.exit(main())
