"""Writers of shared state in processes of their own, for the tests of `StateStore`.

python -m tests.contract.state_writer count KIND PLACE WRITERS TIMES   all writers at once add 1 so many times
python -m tests.contract.state_writer pair KIND PLACE                  writes two equal documents, until it is killed
"""

from __future__ import annotations

import os
import random
import sys
import time
from itertools import count
from pathlib import Path

from hls_action.adapters.state.folder import FolderStateStore
from hls_action.adapters.state.git import GitStateStore
from hls_action.domain.ledger.errors import Conflict
from hls_action.ports import StateStore

BRANCH = "hls-state"


def connect(kind: str, place: str) -> StateStore:
    """A new store on the shared place, as a new run would make it."""
    return GitStateStore(place, BRANCH) if kind == "git" else FolderStateStore(Path(place))


def increment(store: StateStore, longest_wait: float) -> int:
    """Add 1 to the counter, whoever else does; returns how many attempts it took."""
    for attempt in count(1):
        snapshot = store.read()
        try:
            store.compare_and_swap(snapshot.version, {"counter": str(int(snapshot.documents.get("counter", "0")) + 1)})
        except Conflict:
            time.sleep(random.uniform(0, min(longest_wait, 0.1 * 2**attempt)))
        else:
            return attempt
    raise AssertionError("count() has no end")


def add_up(kind: str, place: str, writers: int, times: int) -> int:
    """Fork the writers, wait for them, and say how many failed."""
    children = []
    for number in range(writers):
        child = os.fork()
        if not child:
            status = 1
            try:
                random.seed(number)
                time.sleep(random.uniform(0, writers / 25))
                store = connect(kind, place)
                for _ in range(times):
                    increment(store, writers / 12)
                if isinstance(store, GitStateStore):
                    store.close()
                status = 0
            finally:
                os._exit(status)
        children.append(child)
    return sum(os.waitpid(child, 0)[1] != 0 for child in children)


def write_pairs(kind: str, place: str) -> None:
    """Say each number once it is written."""
    store = connect(kind, place)
    snapshot = store.read()
    version, start = snapshot.version, int(snapshot.documents.get("left", "0"))
    for number in count(start + 1):
        padding = "x" * 50_000
        version = store.compare_and_swap(version, {"left": str(number), "padding": padding, "deep/right": str(number)})
        print(number, flush=True)


def main() -> int:
    """See the module's docstring."""
    match sys.argv[1:]:
        case ["count", kind, place, writers, times]:
            return add_up(kind, place, int(writers), int(times))
        case ["pair", kind, place]:
            write_pairs(kind, place)
        case _:
            print(__doc__)
    return 2


if __name__ == "__main__":
    sys.exit(main())
