"""Cleans documents that chance makes, both ways, until the time is up: see ``script/fuzz``."""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from random import Random

from tests.fuzz.documents import incoming_document, outgoing_document
from tests.fuzz.verdicts import incoming_faults, inexcusable, outgoing_faults

PROCESSES = 2
WAYS = (
    ("outgoing", outgoing_document, outgoing_faults),
    ("incoming", incoming_document, incoming_faults),
)
MOST_SHOWN = 20
"""Failures that are printed in full."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="script/fuzz", description=__doc__)
    parser.add_argument("minutes", type=float)
    parser.add_argument("seed", type=int, nargs="?", default=time.time_ns() % 1_000_000)
    asked = parser.parse_args()
    with ProcessPoolExecutor(PROCESSES) as pool:
        results = list(
            pool.map(partial(fuzz, seconds=asked.minutes * 60), [f"{asked.seed}.{n}" for n in range(PROCESSES)])
        )
    tried, skipped = sum(result[0] for result in results), sum(result[1] for result in results)
    failures = [failure for result in results for failure in result[2]]
    for failure in failures[:MOST_SHOWN]:
        print(failure, file=sys.stderr)
    print(
        f"fuzz: {tried} documents cleaned, {len(failures)} failures, {skipped} odd ones passed over (seed {asked.seed})"
    )
    return 1 if failures else 0


def fuzz(seed: str, seconds: float) -> tuple[int, int, list[str]]:
    """How many documents were tried and how many passed over, and what went wrong, in words."""
    random, end = Random(seed), time.monotonic() + seconds
    tried = skipped = 0
    failures: list[str] = []
    while time.monotonic() < end:
        for way, make, faults_of in WAYS:
            markdown = make(random)
            tried += 1
            try:
                faults = faults_of(markdown)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is a failure
                faults = [f"raised: {error!r}"]
            if left := inexcusable(faults, markdown):
                failures.append(f"{way} {markdown!r}\n    {left}")
            skipped += bool(faults) and not left
    return tried, skipped, failures


if __name__ == "__main__":
    sys.exit(main())
