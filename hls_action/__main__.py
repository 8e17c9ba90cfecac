"""``python -m hls_action COMMAND``."""

from __future__ import annotations

import sys

from hls_action.cli import main

sys.exit(main())
