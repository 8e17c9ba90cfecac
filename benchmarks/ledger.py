"""The state after 100,000 items: how large it is on the wire, and how long a run takes to read and to change it."""

from __future__ import annotations

import os
import random
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from hashlib import sha256
from itertools import count, cycle, islice
from pathlib import Path
from typing import Self

from benchmarks.measure import Broken, in_turns, spread
from benchmarks.table import Row, Table, row
from hls_action.adapters.clock import SystemClock
from hls_action.adapters.state.git import GitStateStore
from hls_action.domain.budget.prices import Usage
from hls_action.domain.drafts.draft import Draft, draft_id
from hls_action.domain.identity import ThreadId
from hls_action.domain.ledger import documents as ledger_documents
from hls_action.domain.ledger.model import Claimant, Ledger, Record
from hls_action.domain.reasons import Reason
from hls_action.domain.tasks.effects import AddLabels, PostComment
from hls_action.records.store import LedgerStore
from hls_action.reporting import dashboard
from hls_action.reporting.dashboard import totals
from hls_action.resilience.retry import Retrier
from tests.standins.git_http import bare_repository, hosting
from tests.standins.proxy import Proxy

ITEMS = 100_000
PER_THREAD = (1, 1, 2, 4, 12)
"""How many items the threads have, in turn."""
THREADS_A_PUSH = 250
PUT_OFF = 200
"""So many of the newest items wait for another try, with their answers: the outage that happens to go on."""
REPEATS = 10
REPOSITORY = "octo/project"
BRANCH = "hls-state"
TOKEN = "ghs_benchmark"
START = datetime(2026, 1, 1, tzinfo=UTC)
COST = Decimal("0.0123")
FAILED = Reason(
    "upstream",
    "Claude answered 500 (internal server error) to six attempts within eight minutes, the last at noon",
)
SKIPPED = Reason("withdrawn", "the request was edited, deleted or superseded before it was answered")
_LETTERS = random.Random(20261123)
WORDS = ["".join(_LETTERS.choices("etaoinshrdlu", k=_LETTERS.randint(2, 10))) for _ in range(2_000)]


def measure(items: int = ITEMS, repeats: int = REPEATS) -> Table:
    """Run everything; takes about 2 minutes. ``items``: `PUT_OFF` or more."""
    with tempfile.TemporaryDirectory(prefix="hls-benchmark-") as name, hosting(Path(name)) as git:
        remote = bare_repository(Path(name) / "state.git")
        place = _Place(f"{git.url}/{remote.name}", Path(name), items)
        began = time.monotonic()
        pushes = _fill(place)
        seconds = time.monotonic() - began
        rows = (*_what_is_there(place, remote), *_what_is_fetched(place, git), *_times(place, repeats))
    return Table(
        f"ledger: the state after {items:,} items",
        (*rows, Row("writing all of it", seconds, "s", note=f"{pushes} pushes")),
    )


@dataclass(frozen=True)
class _Place:
    """Where the state of so many items is, and a folder for repositories to fetch it to."""

    remote: str
    folder: Path
    items: int

    def ledger_store(self, store: GitStateStore) -> LedgerStore:
        """A new run's door to it."""
        return LedgerStore(store, SystemClock(), REPOSITORY, Claimant(1, 1, "0" * 8), pages=dashboard.pages)

    def store(self) -> GitStateStore:
        """A new run's store."""
        return GitStateStore(self.remote, BRANCH, TOKEN)


# ---- 100,000 items


def _fill(place: _Place) -> int:
    """Write all items, a few hundred threads a push; returns how many pushes it took."""
    threads = enumerate(_threads(place.items), start=1)
    retrier = Retrier(SystemClock(), 600)
    pushes = 0
    with place.store() as store:
        ledger_store = place.ledger_store(store)
        while batch := tuple(islice(threads, THREADS_A_PUSH)):
            ledger_store.update(partial(_with, batch, place.items - PUT_OFF), retrier)
            pushes += 1
    return pushes


def _threads(total: int) -> Iterator[range]:
    """The items of each thread, by their numbers."""
    first = 0
    for size in cycle(PER_THREAD):
        after = min(first + size, total)
        if first == after:
            return
        yield range(first, after)
        first = after


def _with(threads: Sequence[tuple[int, range]], put_off: int, before: Ledger) -> Ledger:
    """Each thread's items are claimed together, answered together, and end: those from ``put_off`` on by waiting."""
    for thread, items in threads:
        claimed = [_record(item, thread) for item in items]
        name = draft_id(REPOSITORY, ThreadId(thread), (record.key for record in claimed))
        answered = [replace(record, state="answered", draft=name) for record in claimed]
        ended = [_ended(item, record, waits=item >= put_off) for item, record in zip(items, answered, strict=True)]
        before = before.put(ThreadId(thread), claimed)
        before = before.put(ThreadId(thread), answered, drafts={name: _answer(items[0], claimed)})
        before = before.put(ThreadId(thread), ended)
    return before


def _record(item: int, thread: int) -> Record:
    at = START + timedelta(minutes=item)
    digits = sha256(str(item).encode()).hexdigest()
    by = Claimant(10_000_000_000 + item, 1, digits[:8])
    key = f"comment/{3_000_000_000 + item}@{digits[-12:]}"
    until = at + timedelta(minutes=11)
    where = ThreadId(thread)
    return Record(REPOSITORY, where, key, "claimed", by, first=at, at=at, until=until, tries=1, cost_usd=COST)


def _answer(item: int, records: Sequence[Record]) -> Draft:
    """An answer of some 1,500 characters, none like the other, as they compress no better than text does."""
    chance = random.Random(item)
    words = (chance.choice(WORDS) for _ in range(250))
    effects = (AddLabels(("bug",)), PostComment(" ".join(words)))
    return Draft(tuple(record.key for record in records), effects, {}, "claude-sonnet-5-5", Usage(1200, 150), COST)


def _ended(item: int, record: Record, *, waits: bool) -> Record:
    """Of a hundred items three fail and two need no answer; the newest are put off and keep their drafts."""
    if waits:
        return replace(record, state="deferred", until=record.at + timedelta(minutes=10), reason=FAILED)
    record = replace(record, until=None, draft="")
    if item % 100 < 3:
        return replace(record, state="failed", reason=FAILED)
    if item % 100 < 5:
        return replace(record, state="skipped", reason=SKIPPED)
    comment = 4_000_000_000 + item
    url = f"https://github.com/{REPOSITORY}/issues/{record.thread}#issuecomment-{comment}"
    return replace(record, state="published", comment_id=comment, comment_url=url)


# ---- What became of them


def _what_is_there(place: _Place, remote: Path) -> tuple[Row, ...]:
    with place.store() as store:
        documents = store.read().documents
    state = ledger_documents.read(documents)
    folded = sum(sum(shard.totals.counts.values()) for shard in state.shards)
    waiting = sum(record.is_open for record in state.records)
    if waiting != PUT_OFF or totals(state)[1] != COST * place.items:
        raise Broken(f"{waiting} items wait, and all cost {totals(state)[1]}: items were lost")
    listed = _git(remote, "rev-list", "--count", BRANCH)
    return (
        Row("commits on the branch", int(listed), "commits", 1),
        Row("records kept", len(state.records), "records", note=f"{waiting} of them open, with their answers"),
        Row("records folded into totals", folded, "records"),
        Row("items unaccounted for", place.items - len(state.records) - folded, "items", 0),
        Row("documents, not compressed", _size(documents) / 1e3, "kB", note=f"{len(documents)} files"),
    )


def _size(documents: Mapping[str, str]) -> int:
    return sum(len(text.encode()) for text in documents.values())


def _what_is_fetched(place: _Place, git: Proxy) -> tuple[Row, ...]:
    """Bytes of all answers that git got, as the server sent them."""
    rows = []
    clone = ["clone", "--quiet", "--bare", "--depth=1", f"--branch={BRANCH}", place.remote, str(place.folder / "clone")]
    for what, fetch in (("a run's first read", None), ("`git clone --depth=1`", clone)):
        with git.recording() as log, place.store() as store:
            if fetch:
                _git(place.folder, *fetch)
            else:
                store.read()
        received = sum(len(each.answer.body) for each in log if each.answer is not None)
        rows.append(Row(f"bytes received by {what}", received, "bytes", 2_000_000))
    return tuple(rows)


# ---- How long it takes


@dataclass(frozen=True)
class _Took:
    """Seconds by the clock, and of processor time: of this process and the gits it started, the server's included."""

    wall: float
    cpu: float

    @classmethod
    def by(cls, action: Callable[[], object]) -> Self:
        """Do it, and see."""
        before, began = sum(os.times()[:4]), time.monotonic()
        action()
        return cls(time.monotonic() - began, sum(os.times()[:4]) - before)


def _times(place: _Place, repeats: int) -> tuple[Row, ...]:
    numbers = count(1)
    ours: list[_Took] = []

    def swap() -> float:
        ours.append(_read_and_swap(place, next(numbers)))
        return ours[-1].wall

    wall, plain, parse = in_turns(
        repeats,
        swap,
        lambda: _fetch_and_push(place, next(numbers)),
        lambda: _parse(place),
    )
    ratio = spread([a / b for a, b in zip(wall, plain, strict=True)])
    cpu = spread([each.cpu for each in ours[-len(wall) :]])
    return (
        row("read, change one item, swap", spread(wall), "s", 1.0, "a new store, over HTTP on loopback"),
        row("of it, processor time", cpu, "s", note="that of the server included"),
        row("of it, reading the ledger in the documents", spread(parse), "s"),
        row("the same vs plain `git fetch` and `git push`", ratio, "x"),
        row("plain `git fetch` and `git push` of an empty commit", spread(plain), "s"),
    )


def _read_and_swap(place: _Place, number: int) -> _Took:
    """What a run spends on the state when it claims one item."""
    retrier = Retrier(SystemClock(), 60)
    claimed = _record(place.items + number, place.items + number)

    def claim() -> None:
        with place.store() as store:
            ledger_store = place.ledger_store(store)
            ledger_store.read(retrier)
            ledger_store.update(lambda before: before.put(claimed.thread, [claimed]), retrier)

    return _Took.by(claim)


def _fetch_and_push(place: _Place, number: int) -> float:
    """Seconds of the least that git can do: without making the repository and the commit."""
    home = place.folder / f"plain-{number}.git"
    _git(place.folder, "init", "--quiet", "--bare", str(home))
    fetch = ("fetch", "--quiet", "--depth=1", "--no-tags", place.remote, f"+refs/heads/{BRANCH}:refs/tip")
    fetched = _Took.by(lambda: _git(home, *fetch))
    commit = _git(home, "commit-tree", "refs/tip^{tree}", "-m", f"commit {number}")
    lease = f"--force-with-lease=refs/heads/{BRANCH}:{_git(home, 'rev-parse', 'refs/tip')}"
    push = ("push", "--quiet", lease, place.remote, f"{commit}:refs/heads/{BRANCH}")
    return fetched.wall + _Took.by(lambda: _git(home, *push)).wall


def _parse(place: _Place) -> float:
    with place.store() as store:
        documents = store.read().documents
    return _Took.by(lambda: ledger_documents.read(documents)).wall


def _git(place: Path, *arguments: str) -> str:
    """What a git command prints. Errors: `Broken`."""
    identity = ("-c", "user.name=Benchmark", "-c", "user.email=benchmark@localhost")
    done = subprocess.run(["git", *identity, *arguments], cwd=place, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Broken(f"git {' '.join(arguments)}\n{done.stderr}")
    return done.stdout.strip()
