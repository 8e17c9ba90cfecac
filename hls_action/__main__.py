"""``python -m hls_action COMMAND``.

A run lives for seconds and imports thousands of modules, so the garbage collector is kept off its way: it would go
through everything imported again and again, and once more at the end. Measured in ``benchmarks/``.
"""

from __future__ import annotations

import gc
import sys

gc.disable()

from hls_action.cli import main  # noqa: E402 - the collector first

status = main()
gc.freeze()
sys.exit(status)
