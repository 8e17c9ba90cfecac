"""``python -m hls_action COMMAND``, or this file run by an isolated Python, as the action does.

A run lives for seconds and imports thousands of modules, so the garbage collector is kept off its way: it would go
through everything imported again and again, and once more at the end. Measured in ``benchmarks/``.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
from contextlib import suppress

gc.disable()

if not __package__:  # run as a file: an isolated Python knows neither this folder nor PYTHONPATH
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

try:
    from hls_action.cli import main  # the collector first

    status = main()
except ImportError as error:  # what a command imports is imported when it runs
    from hls_action.install import step

    sys.exit(step.report_damage(error))

# What still goes on beside, such as an import that nobody needs any more, is left behind: an interpreter that is taken
# down under it can crash, and then an answer that was given would end in red.
atexit._run_exitfuncs()  # noqa: SLF001 - temporary folders are removed by these
for stream in (sys.stdout, sys.stderr):
    with suppress(OSError):
        stream.flush()
os._exit(status)
