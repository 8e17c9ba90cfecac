"""``python -m hls_action COMMAND``, or this file run by an isolated Python, as the action does.

A run lives for seconds and imports thousands of modules, so the garbage collector is kept off its way: it would go
through everything imported again and again, and once more at the end. Measured in ``benchmarks/``.
"""

from __future__ import annotations

import gc
import os
import sys

gc.disable()

if not __package__:  # run as a file: an isolated Python knows neither this folder nor PYTHONPATH
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

try:
    from hls_action.cli import main  # the collector first
except ImportError as error:
    from hls_action.install import step

    sys.exit(step.report_damage(error))

status = main()
gc.freeze()
sys.exit(status)
