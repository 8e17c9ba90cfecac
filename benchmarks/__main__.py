"""``python -m benchmarks [NAME...] [--events N] [--json FILE]``: measure, and print one table each."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from benchmarks import (
    code,
    contention,
    gate,
    handled,
    imports,
    install,
    latency,
    ledger,
    load,
    long,
    pace,
    sweeps,
    turns,
)
from benchmarks.measure import Broken
from benchmarks.table import Table, as_json, render

BENCHMARKS: dict[str, Callable[[], Table]] = {
    "gate": gate.measure,
    "handled": handled.measure,
    "latency": latency.measure,
    "imports": imports.measure,
    "install": install.measure,
    "long": long.measure,
    "sweep": sweeps.measure,
    "ledger": ledger.measure,
    "load": load.measure,
    "turns": turns.measure,
    "pace": pace.measure,
    "contention": contention.measure,
    "code": code.measure,
}


def main() -> int:
    """Exit status: 0 however the bars are met, 1 when something could not be measured, or `load` found items lost."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure HLS against its bars.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(BENCHMARKS)}; all when left out")
    parser.add_argument("--events", type=int, metavar="N", help="load: only the burst's first N events")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results here, too")
    options = parser.parse_args()
    unknown = [name for name in options.names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"no benchmark '{unknown[0]}'; there are {', '.join(BENCHMARKS)}")
    benchmarks: dict[str, Callable[[], Table]] = {**BENCHMARKS, "load": partial(load.measure, options.events)}
    began = time.monotonic()
    machine = {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "python": platform.python_version(),
        "system": platform.system(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 2),
    }
    print(" · ".join(f"{name} {value}" for name, value in machine.items()), flush=True)
    tables = []
    try:
        for name in options.names or benchmarks:
            tables.append(benchmarks[name]())
            print(f"\n{render(tables[-1])}", flush=True)
    except Broken as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    finally:
        if options.json:
            options.json.write_text(json.dumps({"machine": machine, "tables": as_json(tables)}, indent=2) + "\n")
    over = [each.what for table in tables for each in table.rows if each.verdict == "over"]
    print(f"\n{time.monotonic() - began:.0f} s, {len(over)} over the bar{': ' if over else ''}{'; '.join(over)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
