"""The line as a table: what is there before, what goes wrong, and how it ends. One row for each rule of `line.respond`.

A row that fails names the rule that is broken. In every row no money stays put aside, and what a run says that it cost
is what the books say, unless the row tells otherwise.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hls_action.adapters.github.folder import LOGIN, FolderGitHub
from hls_action.domain.budget.budget import Budget, Call, Caps, Charge, Reservation
from hls_action.domain.budget.prices import Usage
from hls_action.domain.drafts.draft import Draft, draft_id
from hls_action.domain.errors import ConfigError, DeadlineExceeded
from hls_action.domain.events.policy import EventPolicy
from hls_action.domain.events.trigger import Trigger
from hls_action.domain.faults.errors import ThreadUnavailable, UpstreamError
from hls_action.domain.faults.fault import Fault
from hls_action.domain.identity import ThreadId
from hls_action.domain.ledger.claims import MAX_TRIES
from hls_action.domain.ledger.errors import StateUnreadable
from hls_action.domain.ledger.model import Claimant, Record, State
from hls_action.domain.reasons import Reason
from hls_action.domain.tasks.effects import PostComment
from hls_action.domain.threads.items import Item, digest
from hls_action.line.deliver import POSTING_MARGIN
from hls_action.line.respond import has_work
from hls_action.line.run import CLAIM_GRACE
from hls_action.ports import ModelReply
from hls_action.records.store import LedgerStore
from hls_action.resilience.retry import TIME_TO_RECORD
from tests.fakes import BAD_GATEWAY, START, ScriptedModel, answer_data, model_factory, model_reply
from tests.unit.builders import trigger
from tests.unit.line_bench import MATERIALS, OPENED, Bench, BenchRun, bench_run

SEVEN = ThreadId(7)
RUN = 1
DEAD, ALIVE = Claimant(3, 1, "dead"), Claimant(4, 1, "alive")
ISSUE = "issue/7"
LONG_AGO = START - timedelta(hours=1)
OLD, HEAD = "a" * 40, "b" * 40
OUTAGE = (Fault("github", "status", "Bad Gateway", 502),) * 6
"""As long as anybody tries."""

FORBIDDEN = Fault("github", "status", "Resource not accessible by integration", 403)
NEEDED = f"the job needs 'permissions: issues: write' and 'pull-requests: write' ({FORBIDDEN})"
OVERLOADED = UpstreamError(Fault("claude", "status", "Overloaded", 529, code="overloaded_error"))
LIMITED = UpstreamError(Fault("claude", "status", "Slow down", 429, rate_limited=True, retry_after=60.0))
TIMEOUT = UpstreamError(Fault("claude", "timeout", "slow"))
REFUSED = model_reply("", stop_reason="refusal")
CHEAP = "claude-haiku-5-5"

EDITED = trigger(7, "issues", "edited", is_pull=False)
COMMENTED = trigger(7, "issue_comment", "created", is_pull=False)
BOTH = replace(OPENED, threads=(SEVEN, ThreadId(8)))
MAX_VIEW_AGE = replace(OPENED, quiet_before=START - timedelta(hours=2))
PUSHED = trigger(7, "pull_request", "synchronize", is_pull=True)
BY_HAND = trigger(retry=True)
FORCED = trigger(retry=True, force=True)

Setup = Callable[[Bench], object]


# ---- what is there before, and what happens meanwhile ----


def asked(*numbers: int) -> dict[str, Any]:
    """An issue under which people ask."""
    return {"comments": [{"id": n, "author": {"login": "bob"}, "body": f"/hls question {n}"} for n in numbers]}


def comment_key(number: int) -> str:
    return Item("comment", str(number), digest(f"question {number}")).key


def replied(*keys: str, **changes: Any) -> dict[str, Any]:
    """A comment of ours."""
    ours = {"id": 90, "author": {"login": LOGIN, "type": "Bot"}, "body": f"<!-- hls:1 {' '.join(keys)} -->\nYes."}
    return ours | {"created_at": "2026-11-02T08:30:00+00:00"} | changes


def pull(*comments: dict[str, Any]) -> Setup:
    return issue(pull={"head_sha": HEAD, "head_ref": "fix", "base_ref": "main"}, comments=list(comments))


def issue(number: int = 7, **changes: Any) -> Setup:
    return lambda bench: bench.issue(number, **changes)


def gone(bench: Bench) -> None:
    (bench.root / "threads" / "7.json").unlink()


def record(key: str, state: State, **changes: Any) -> Record:
    """Begun and last touched an hour ago, by a run that is dead."""
    return replace(Record("o/r", SEVEN, key, state, DEAD, first=LONG_AGO, at=LONG_AGO, tries=1), **changes)


def on_record(*records: Record, drafts: Mapping[str, Draft] | None = None) -> Setup:
    """What another run wrote, in one step."""

    def put(bench: Bench) -> None:
        later, bench.store.between = bench.store.between, []
        other = bench.shared(ScriptedModel(), run=99)
        other.ledger_store.update(lambda ledger: ledger.put(SEVEN, records, drafts=drafts), other.retrier)
        bench.store.between = later

    return put


def claimed(key: str) -> Setup:
    """Another run is at work on it."""
    return on_record(record(key, "claimed", by=ALIVE, at=START, until=START + timedelta(minutes=5)))


def written(*keys: str, replaces: int | None = None, at: datetime = LONG_AGO) -> Setup:
    """A run wrote the answer, and died."""
    name = draft_id("o/r", SEVEN, keys)
    draft = Draft(keys, (PostComment(f"About {keys[0]}.", replaces),), {}, "claude-sonnet-5-5", Usage(1, 1), Decimal(0))
    over = START - timedelta(minutes=30)
    waiting = [record(key, "answered", draft=name, at=at, until=over, comment_id=replaces) for key in keys]
    return on_record(*waiting, drafts={name: draft})


def published(*keys: str) -> Setup:
    return on_record(*(record(key, "published", by=ALIVE, at=START) for key in keys))


def between(*hooks: Setup) -> Setup:
    """Each happens right before one of this run's next writes to the ledger."""

    def put(bench: Bench) -> None:
        bench.store.between = [lambda hook=hook: hook(bench) for hook in hooks]  # type: ignore[misc]

    return put


def writes(*script: str) -> Setup:
    """What becomes of the next writes to the ledger."""

    def put(bench: Bench) -> None:
        bench.store.script = list(script)

    return put


def unwritable(bench: Bench) -> None:
    bench.store.script = ["before"] * 20


def posting(*faults: Fault) -> Setup:
    def put(bench: Bench) -> None:
        bench.github.script_posts = list(faults)

    return put


def failing(method: str, fault: Fault = BAD_GATEWAY) -> Setup:
    def put(bench: Bench) -> None:
        bench.github.failing[method] = fault

    return put


def after_post(*hooks: Setup) -> Setup:
    """The first happens right after the first comment is there, and so on."""

    def put(bench: Bench) -> None:
        later = list(hooks)
        bench.github.after_post = lambda: later.pop(0)(bench) if later else None

    return put


def passed(seconds: float) -> Setup:
    return lambda bench: bench.clock.sleep(seconds)


def nothing(bench: Bench) -> None:
    """Nothing in particular."""


def too_late(bench: Bench) -> None:
    raise DeadlineExceeded("the run took longer than 600 s")


def unreadable(bench: Bench) -> None:
    raise StateUnreadable("the state is of a later version")


def says(*findings: str) -> ModelReply:
    """A review that finds that."""
    return model_reply(json.dumps(answer_data(labels=[], findings=list(findings))))


def verdict(*, relevant: bool) -> ModelReply:
    text = json.dumps({"relevant": relevant, "reason": "spam"})
    return model_reply(text, usage=Usage(1_000, 100), model=CHEAP)


def both(*setups: Setup) -> Setup:
    def put(bench: Bench) -> None:
        for setup in setups:
            setup(bench)

    return put


def spent(usd: str) -> Setup:
    """On other threads, this day."""

    def put(bench: Bench) -> None:
        other = bench.shared(ScriptedModel(), run=98)
        call = Reservation(Call("o/r#1", "ann", "issue", CHEAP), Decimal(usd), START, START)
        known = Charge("98", Decimal(usd), Usage(1))
        budget = Budget().reserve("98", call, Caps()).settle(known)
        other.ledger_store.update(lambda ledger: replace(ledger, budget=budget), other.retrier)

    return put


QUIET_REVIEW = on_record(record(f"pull/{OLD}", "published", findings=0, comment_id=90))
REVIEWED = replied(f"pull/{OLD}")
LOOK = "knowledge: {look: on}"
DEAR = "budget: {daily_usd: 5, monthly_usd: 0.01}"
PAID = "0.004"
TRIED = Reason("dry-run", "an answer to the issue was written but not posted")
ONE_CALL = "max_tokens: 6000\nbudget: {daily_usd: 0.15}"
"""Room for one call, which could cost between 0.06 and 0.1 USD."""
HALF_SPENT = "Claude has cost 0.10 USD today (2026-11-02): `budget.daily_usd` is 0.15 USD."
TOLD = record("notice/7", "skipped", until=START + timedelta(hours=1))
TWO_REVIEWS = both(
    pull(REVIEWED, replied(f"pull/{HEAD}", id=91)),
    on_record(record(f"pull/{HEAD}", "published", at=START, comment_id=91)),
)
OTHERS_WERE_FASTER = both(passed(500), claimed(comment_key(99)))
"""And then there is no time left to try again."""


# ---- the table ----


@dataclass(frozen=True)
class Row:
    """``ends``: status and code. ``records``: what the ledger has in the end, each item's kind and state, whether it
    has a draft, what it cost, and how many problems a review found. ``calls`` of Claude, who says what ``script`` has;
    ``posted``: how many comments the run wrote; ``paid``: the cost that is told, in USD. ``in_doubt``: whether a call
    may have been billed; ``put_aside``: how many reservations stay; ``others_wait``: whether other runs are told to.

    ``detail``: a part of the reason. ``told``: other fields of the outcome; ``shows_records``: whether it has the
    records of what this run had in hand, as they are in the ledger.
    """

    rule: str
    ends: str
    records: str = ""
    calls: int = 0
    posted: int = 0
    paid: str = ""
    before: tuple[Setup, ...] = ()
    meanwhile: Setup = nothing
    script: tuple[ModelReply | Exception, ...] = (model_reply(),)
    wake: Trigger = OPENED
    config: str = ""
    shared: bool = True
    dry_run: bool = False
    detail: str = ""
    told: Mapping[str, object] = field(default_factory=dict)
    in_doubt: bool = False
    put_aside: int = 0
    others_wait: bool = False
    shows_records: bool = False


def answered(rule: str, records: str = f"issue published {PAID}", **more: Any) -> Row:
    """As most often: one call, one comment, and what it cost is told."""
    expected: dict[str, Any] = {"calls": 1, "posted": 1, "paid": PAID}
    return Row(rule, "done answered", records, **(expected | more))


def asked_in_vain(rule: str, ends: str, records: str, **more: Any) -> Row:
    """Claude answers, and is paid, and nothing is posted."""
    expected: dict[str, Any] = {"calls": 1, "paid": PAID}
    return Row(rule, ends, records, **(expected | more))


TABLE = (
    # what is open
    answered("what is open is answered", told={"number": 7, "labels": ("bug",), "notes": ()}),
    Row("several threads have one outcome", "done sweep", f"issue published {PAID}", 1, 1, PAID, wake=BOTH),
    Row("a thread that changed just now is left to its own run", "skipped too-fresh", wake=MAX_VIEW_AGE),
    answered("one that did not is not", wake=replace(MAX_VIEW_AGE, quiet_before=START)),
    Row(
        "a thread that has its answer costs nothing",
        "skipped already-answered",
        before=(issue(comments=[replied(ISSUE)]),),
        told={"number": 7, "notes": (), "budget": ""},
    ),
    Row("what another run has in hand is left to it", "skipped in-progress", "issue claimed", before=(claimed(ISSUE),)),
    Row(
        "what is not asked any more is written down as such",
        "skipped too-short",
        "issue skipped",
        before=(issue(body="short"), on_record(record(ISSUE, "claimed"))),
        shows_records=True,
    ),
    Row(
        "what earlier reviews are left is folded",
        "skipped already-answered",
        "pull published",
        before=(TWO_REVIEWS,),
        wake=PUSHED,
        told={"notes": ()},
    ),
    Row(
        "and it is told that it cannot be",
        "skipped already-answered",
        "pull published",
        before=(TWO_REVIEWS, failing("fold", FORBIDDEN)),
        wake=PUSHED,
        told={"notes": (f"earlier reviews could not be folded: {NEEDED}",)},
    ),
    # what maintainers switched off
    Row("an event that is switched off", "skipped event-off", config="events: {issues: [reopened]}"),
    Row(
        "what is of no event that is wanted is not open",
        "skipped nothing-open",
        config="events: {issues: []}",
        wake=trigger(),
    ),
    answered(
        "of what is open, what is wanted is answered",
        before=(issue(**asked(31)),),
        wake=EDITED,
        config="events: {issue_comment: []}",
    ),
    Row(
        "what was written is posted though its event is switched off",
        "done answered",
        "issue published",
        posted=1,
        before=(written(ISSUE),),
        config="events: {issues: [reopened]}",
    ),
    # what earlier runs wrote
    Row(
        "what another run wrote is posted before anything is asked",
        "done answered",
        "issue published",
        posted=1,
        before=(written(ISSUE),),
        detail="an earlier run had written it",
        told={"number": 7, "items": ()},
    ),
    answered(
        "then what else is open is answered",
        f"comment published {PAID}, issue published",
        posted=2,
        before=(issue(**asked(31)), written(ISSUE)),
        wake=COMMENTED,
    ),
    Row(
        "several answers are posted one after another",
        "done answered",
        "comment published, issue published",
        posted=2,
        before=(issue(**asked(31)), written(ISSUE), written(comment_key(31))),
        wake=COMMENTED,
    ),
    Row(
        "what cannot be posted waits, and all behind it",
        "deferred upstream",
        "comment deferred draft, comment deferred draft",
        before=(issue(**asked(31, 32)), written(comment_key(31)), written(comment_key(32)), posting(*OUTAGE)),
        wake=COMMENTED,
        detail="the next try is due at",
        shows_records=True,
    ),
    Row(
        "but not what is posted already",
        "deferred upstream",
        "comment published, issue deferred draft",
        posted=1,
        before=(
            issue(**asked(31)),
            written(ISSUE),
            written(comment_key(31)),
            after_post(posting(*OUTAGE)),
        ),
        wake=COMMENTED,
        detail="the next try is due at",
    ),
    Row(
        "nothing is asked after an answer that cannot be posted",
        "failed token-refused",
        "issue failed draft",
        before=(issue(**asked(31)), written(ISSUE), posting(FORBIDDEN)),
        wake=COMMENTED,
    ),
    Row(
        "nor when time is up",
        "done answered",
        "issue published",
        posted=1,
        before=(issue(**asked(31)), written(ISSUE), after_post(passed(MATERIALS.seconds - TIME_TO_RECORD))),
        wake=COMMENTED,
    ),
    Row(
        "nor is an answer posted that another run may take over any moment",
        "deferred deadline",
        "issue deferred draft",
        before=(
            written(ISSUE),
            between(passed((timedelta(seconds=MATERIALS.seconds) + CLAIM_GRACE - POSTING_MARGIN).seconds + 1)),
        ),
    ),
    Row(
        "what others post meanwhile is theirs",
        "skipped already-answered",
        "issue published",
        before=(written(ISSUE), between(published(ISSUE))),
    ),
    Row(
        "what others store for what was asked meanwhile waits until the thread is read again",
        "done answered",
        "comment published, comment published, issue published",
        posted=2,
        before=(
            issue(**asked(31)),
            written(ISSUE),
            between(
                both(
                    issue(**asked(31, 32)),
                    written(comment_key(31), comment_key(32), at=START + timedelta(seconds=1)),
                )
            ),
        ),
        wake=COMMENTED,
    ),
    Row(
        "so is what they post after it was taken in hand",
        "done answered",
        "comment published, issue published",
        posted=1,
        before=(
            issue(**asked(31)),
            written(ISSUE),
            written(comment_key(31)),
            after_post(between(published(ISSUE))),
        ),
        wake=COMMENTED,
    ),
    Row(
        "what this run posted counts, though others post the rest",
        "done answered",
        "comment published, issue published",
        posted=1,
        before=(
            issue(**asked(31)),
            written(ISSUE),
            claimed(comment_key(31)),
            after_post(both(written(comment_key(31)), between(nothing, published(comment_key(31))))),
        ),
        wake=COMMENTED,
    ),
    # what changes while this run gets ready
    answered(
        "what changed inside the claim is looked at again",
        f"comment claimed, comment published, issue published {PAID}",
        before=(issue(**asked(31, 32)), between(claimed(comment_key(31)))),
        wake=COMMENTED,
    ),
    answered(
        "and once more",
        f"comment claimed, comment claimed, issue published {PAID}",
        before=(issue(**asked(31, 32)), between(claimed(comment_key(31)), claimed(comment_key(32)))),
        wake=COMMENTED,
    ),
    Row(
        "after three looks it is put off",
        "deferred conflict",
        "comment claimed, comment claimed, comment claimed, thread deferred",
        before=(
            issue(**asked(31, 32, 33)),
            between(claimed(comment_key(31)), claimed(comment_key(32)), claimed(comment_key(33))),
        ),
        wake=COMMENTED,
        detail="other runs kept changing what is open in this thread",
    ),
    Row(
        "which is on record where something was posted",
        "done answered",
        "comment claimed, comment claimed, issue published, thread deferred",
        posted=1,
        before=(
            issue(**asked(31, 32, 33)),
            written(ISSUE),
            between(nothing, claimed(comment_key(31)), nothing, claimed(comment_key(32))),
        ),
        wake=COMMENTED,
    ),
    # on what terms
    answered(
        "the kind of the newest item decides how it is asked",
        "comment published, issue published 0.0002",
        paid="0.0002",
        before=(issue(**asked(31)),),
        script=(model_reply(model=CHEAP),),
        wake=COMMENTED,
        config=f"kinds:\n  comment: {{model: {CHEAP}}}",
    ),
    Row(
        "a cap refuses before a call",
        "deferred budget",
        "issue deferred",
        before=(spent("0.1"),),
        config=ONE_CALL,
        detail="raise `budget.daily_usd`, which is 0.15 USD",
        told={"number": 7, "notes": ()},
        shows_records=True,
    ),
    Row("a call that is dearer than the cap never keeps it", "failed budget", "issue failed", config=DEAR),
    Row(
        "without a ledger nothing waits for it",
        "failed budget",
        "issue deferred",
        before=(spent("0.1"),),
        config=ONE_CALL,
        shared=False,
        told={"number": 7},
    ),
    Row(
        "if it is to be skipped, it gets no later try",
        "skipped budget",
        "issue skipped",
        before=(spent("0.1"),),
        config="max_tokens: 6000\nbudget: {daily_usd: 0.15, at_cap: [shorter_context, skip]}",
    ),
    Row(
        "who asked is told",
        "deferred budget",
        "comment deferred, issue deferred, notice skipped",
        posted=1,
        before=(issue(**asked(31)), spent("0.1")),
        config=ONE_CALL,
        told={"notes": ()},
    ),
    Row(
        "once",
        "deferred budget",
        "comment deferred, issue deferred, notice skipped",
        config=ONE_CALL,
        before=(issue(**asked(31)), spent("0.1"), on_record(TOLD)),
    ),
    Row(
        "and that it could not be told changes nothing",
        "deferred budget",
        "comment deferred, issue deferred, notice skipped",
        config=ONE_CALL,
        before=(issue(**asked(31)), spent("0.1"), posting(FORBIDDEN)),
        told={"notes": (f"the notice in the thread could not be posted: {NEEDED}",)},
    ),
    answered("by force there is no cap", wake=FORCED, config=DEAR),
    answered(
        "nor for a second call", wake=FORCED, config=DEAR, calls=2, script=(TIMEOUT, model_reply()), in_doubt=True
    ),
    answered("how much of the budget is used is told", told={"budget": "today 0.0040 of 5 USD"}),
    answered(
        "that a threshold is passed is told",
        "issue published 0.10",
        paid="0.10",
        script=(model_reply(usage=Usage(output=10_000)),),
        config=ONE_CALL,
        told={"alerts": (HALF_SPENT,)},
    ),
    Row(
        "by a run that was refused, too",
        "deferred budget",
        "issue deferred",
        before=(spent("0.1"),),
        config=ONE_CALL,
        told={"alerts": (f"{HALF_SPENT} 1 call was not made because of this cap.",)},
    ),
    # the look
    Row(
        "what is not relevant ends with what that cost",
        "skipped not-relevant",
        "issue skipped 0.00015",
        calls=1,
        paid="0.00015",
        script=(verdict(relevant=False),),
        config=LOOK,
        detail="spam",
        told={"number": 7},
        shows_records=True,
    ),
    answered(
        "what is, is answered, and both calls are told",
        "issue published 0.00415",
        calls=2,
        paid="0.00415",
        script=(verdict(relevant=True), model_reply()),
        config=LOOK,
    ),
    asked_in_vain(
        "both are billed though the answer is refused",
        "failed model-refused",
        "issue failed 0.00415",
        calls=2,
        paid="0.00415",
        script=(verdict(relevant=True), REFUSED),
        config=LOOK,
    ),
    answered("nobody doubts what a maintainer asks for", wake=BY_HAND, config=LOOK),
    answered("or forces", wake=trigger(force=True), config=LOOK),
    # the call
    asked_in_vain(
        "a bill is settled though the answer is refused",
        "failed model-refused",
        f"issue failed {PAID}",
        script=(REFUSED,),
        told={"number": 7},
        shows_records=True,
    ),
    Row(
        "what may pass is tried again later",
        "deferred upstream",
        "issue deferred",
        calls=6,
        script=(OVERLOADED,) * 6,
        detail="the next try is due at",
        told={"number": 7},
        shows_records=True,
    ),
    Row(
        "without a ledger it is not",
        "failed upstream",
        "issue deferred",
        calls=6,
        script=(OVERLOADED,) * 6,
        shared=False,
        told={"number": 7},
    ),
    Row(
        "whatever ends a call, its money is free again",
        "skipped thread-unavailable",
        "issue skipped",
        calls=1,
        script=(ThreadUnavailable("the thread is gone"),),
        shows_records=True,
    ),
    answered("of a call whose answer was lost nobody knows", calls=2, script=(TIMEOUT, model_reply()), in_doubt=True),
    Row(
        "a second call must keep the caps, too",
        "deferred budget",
        "issue deferred",
        calls=1,
        script=(TIMEOUT,),
        config=ONE_CALL,
        in_doubt=True,
    ),
    answered("others are told to wait as Claude asked", calls=2, script=(LIMITED, model_reply()), others_wait=True),
    answered(
        "that they are not told is no reason to stop",
        calls=2,
        script=(LIMITED, model_reply()),
        before=(writes("ok", *["before"] * 6),),
    ),
    Row(
        "nor that others were faster",
        "deferred upstream",
        "comment claimed, issue deferred",
        calls=1,
        script=(LIMITED,),
        before=(between(nothing, OTHERS_WERE_FASTER),),
    ),
    # nothing new
    asked_in_vain(
        "a review that finds nothing again is not posted",
        "skipped nothing-new",
        f"pull published finds 0, pull skipped {PAID} finds 0",
        before=(pull(REVIEWED), QUIET_REVIEW),
        script=(says(),),
        wake=PUSHED,
        told={"number": 7},
        shows_records=True,
    ),
    answered(
        "unless a maintainer wants it",
        f"pull published finds 0, pull published {PAID} finds 0",
        before=(pull(REVIEWED), QUIET_REVIEW),
        script=(says(),),
        wake=replace(PUSHED, retry=True),
    ),
    answered(
        "or forces it",
        f"pull published finds 0, pull published {PAID} finds 0",
        before=(pull(REVIEWED), QUIET_REVIEW),
        script=(says(),),
        wake=replace(PUSHED, force=True),
        posted=1,
    ),
    # on its way to GitHub
    asked_in_vain(
        "a dry run posts nothing and tells what it would have",
        "done dry-run",
        f"issue skipped {PAID}",
        dry_run=True,
        detail="an answer to the issue was written",
        told={"dry_run": True, "comment_url": ""},
        shows_records=True,
    ),
    asked_in_vain(
        "without a ledger as well",
        "done dry-run",
        f"issue skipped {PAID}",
        shared=False,
        dry_run=True,
    ),
    Row(
        "another dry run need not ask again",
        "skipped dry-run",
        "issue skipped",
        before=(on_record(record(ISSUE, "skipped", reason=TRIED)),),
        dry_run=True,
        detail="run it with the number, or comment '/hls retry', to get another one written",
        shows_records=False,
    ),
    asked_in_vain(
        "but it does when it is told to",
        "done dry-run",
        f"issue skipped {PAID}",
        before=(on_record(record(ISSUE, "skipped", reason=TRIED)),),
        wake=trigger(retry=True),
        dry_run=True,
    ),
    answered(
        "a run in earnest answers what a dry one tried",
        before=(on_record(record(ISSUE, "skipped", reason=TRIED)),),
    ),
    Row(
        "a dry run keeps within the budget",
        "deferred budget",
        "issue deferred",
        before=(spent("5"),),
        dry_run=True,
        shows_records=True,
    ),
    Row(
        "and tells no thread of a cap",
        "deferred budget",
        "comment deferred, issue deferred",
        config=ONE_CALL,
        before=(issue(**asked(31)), spent("0.15")),
        dry_run=True,
    ),
    Row(
        "a dry run does not post what an earlier run wrote",
        "skipped dry-run",
        "issue answered draft",
        before=(written(ISSUE),),
        dry_run=True,
        detail="is waiting to be posted",
        shows_records=False,
    ),
    Row(
        "and loses none of it when it is told to answer anew",
        "skipped dry-run",
        "issue answered draft",
        before=(written(ISSUE),),
        wake=trigger(retry=True, force=True),
        dry_run=True,
        detail="is waiting to be posted",
    ),
    Row(
        "nor has it a deleted reply written again by the next run in earnest",
        "skipped already-answered",
        "issue published",
        before=(on_record(record(ISSUE, "published", at=START - timedelta(hours=1))),),
        wake=trigger(retry=True, force=True),
        dry_run=True,
        detail="a reply that was deleted since",
    ),
    Row(
        "nor folds what earlier runs left",
        "skipped already-answered",
        "pull published",
        before=(TWO_REVIEWS, failing("fold", FORBIDDEN)),
        wake=PUSHED,
        dry_run=True,
        told={"notes": ()},
    ),
    asked_in_vain(
        "what another run took over is not posted, and paid",
        "failed claim-lost",
        "issue claimed",
        meanwhile=claimed(ISSUE),
        told={"number": 7},
    ),
    asked_in_vain(
        "an answer is kept for when its thread can have it",
        "skipped thread-unavailable",
        f"issue skipped draft {PAID}",
        meanwhile=issue(locked=True),
        told={"number": 7},
        shows_records=True,
    ),
    asked_in_vain(
        "one that was to take the place of another leaves that where it is",
        "skipped thread-unavailable",
        f"issue published {PAID}",
        before=(issue(comments=[replied(ISSUE)]),),
        meanwhile=issue(locked=True, comments=[replied(ISSUE)]),
        wake=FORCED,
        shows_records=True,
    ),
    asked_in_vain(
        "what GitHub does not take now waits, and is paid once",
        "deferred upstream",
        f"issue deferred draft {PAID}",
        before=(posting(*OUTAGE),),
    ),
    asked_in_vain(
        "what it never takes failed, and is paid once",
        "failed token-refused",
        f"issue failed draft {PAID}",
        before=(posting(FORBIDDEN),),
    ),
    # without a ledger, nobody keeps other runs off
    asked_in_vain(
        "what another run answered meanwhile is not posted",
        "skipped already-answered",
        f"issue answered draft {PAID}",
        meanwhile=issue(comments=[replied(ISSUE)]),
        wake=trigger(),
        shared=False,
        told={"number": 7},
    ),
    answered(
        "an event's run need not look",
        meanwhile=issue(comments=[replied(ISSUE)]),
        wake=EDITED,
        shared=False,
    ),
    answered(
        "nor does one that is forced",
        meanwhile=issue(comments=[replied(ISSUE)]),
        wake=trigger(force=True),
        shared=False,
    ),
    answered(
        "nor one with a ledger",
        meanwhile=issue(comments=[replied(ISSUE)]),
        wake=trigger(),
    ),
    answered(
        "what is not all answered is posted",
        f"comment published, issue published {PAID}",
        before=(issue(**asked(31)),),
        meanwhile=issue(comments=[*asked(31)["comments"], replied(ISSUE)]),
        wake=trigger(),
        shared=False,
    ),
    answered(
        "a marker by somebody else says nothing",
        meanwhile=issue(comments=[replied(ISSUE, author={"login": "eve"})]),
        wake=trigger(),
        shared=False,
    ),
    asked_in_vain(
        "one of another version does",
        "skipped already-answered",
        f"comment answered draft, issue answered draft {PAID}",
        before=(issue(**asked(31)),),
        meanwhile=issue(comments=[*asked(31)["comments"], replied(ISSUE, f"comment/31@{'0' * 12}")]),
        wake=trigger(),
        shared=False,
    ),
    # what cannot be read
    Row("a thread that is gone is no longer open", "skipped thread-unavailable", before=(gone,), told={"number": 7}),
    Row(
        "and what was on record of it ends",
        "skipped thread-unavailable",
        "issue skipped",
        before=(on_record(record(ISSUE, "deferred")), gone),
        told={"number": 7},
    ),
    Row(
        "a thread that cannot be read now is looked at again",
        "deferred upstream",
        "thread deferred",
        before=(failing("comments"),),
        wake=EDITED,
        told={"number": 7},
    ),
    Row(
        "so is one of which too little can",
        "deferred upstream",
        "thread deferred",
        before=(failing("labels"),),
    ),
    Row(
        "or of which it is known too late",
        "deferred deadline",
        "thread deferred",
        before=(between(too_late),),
    ),
    Row(
        "without a ledger nobody remembers it",
        "failed upstream",
        before=(failing("comments"),),
        wake=EDITED,
        shared=False,
        told={"number": 7},
    ),
    # what cannot be written down
    Row("without the state nothing is asked", "failed state-unavailable", before=(unwritable,), told={"number": 7}),
    Row(
        "nor where others are always faster",
        "failed conflict",
        "comment claimed",
        before=(between(OTHERS_WERE_FASTER),),
        told={"number": 7},
    ),
    asked_in_vain(
        "an answer that cannot be written ahead is not posted, and no more is written",
        "failed state-unavailable",
        "issue claimed",
        before=(writes("ok", *["before"] * 6),),
        put_aside=1,
        told={"number": 7},
    ),
    asked_in_vain(
        "nor when others are always faster",
        "failed conflict",
        "comment claimed, issue claimed",
        before=(between(nothing, OTHERS_WERE_FASTER),),
        put_aside=1,
        told={"number": 7},
    ),
    answered(
        "a comment that stands is done, whether or not that is on record",
        f"issue answered draft {PAID}",
        before=(writes("ok", "ok", *["before"] * 6),),
    ),
    asked_in_vain(
        "a failure that cannot be written down is told",
        "failed state-unreadable",
        "issue claimed",
        script=(REFUSED,),
        before=(between(nothing, unreadable),),
        put_aside=1,
        told={"number": 7},
    ),
    asked_in_vain(
        "what is known when time is up is told",
        "failed model-refused",
        "issue claimed",
        script=(REFUSED,),
        before=(between(nothing, too_late),),
        put_aside=1,
        told={"number": 7},
    ),
    Row(
        "and so is that it may pass",
        "deferred upstream",
        "issue claimed",
        calls=6,
        script=(OVERLOADED,) * 6,
        before=(between(nothing, too_late),),
        detail="this could not be recorded",
        put_aside=1,
        told={"number": 7},
    ),
    Row(
        "unless nobody will know",
        "failed upstream",
        "issue claimed",
        calls=6,
        script=(OVERLOADED,) * 6,
        shared=False,
        before=(between(nothing, too_late),),
        put_aside=1,
    ),
    Row(
        "or it was the last try",
        "failed upstream",
        "issue claimed",
        calls=6,
        script=(OVERLOADED,) * 6,
        before=(
            on_record(record(ISSUE, "deferred", tries=MAX_TRIES - 1, until=LONG_AGO)),
            between(nothing, too_late),
        ),
        put_aside=1,
    ),
    Row(
        "not of what else is on record",
        "deferred upstream",
        "comment failed, issue claimed",
        calls=6,
        script=(OVERLOADED,) * 6,
        before=(
            issue(**asked(31)),
            on_record(record(comment_key(31), "failed", tries=MAX_TRIES)),
            between(nothing, too_late),
        ),
        wake=EDITED,
        put_aside=1,
    ),
)


def in_words(record: Record) -> str:
    parts = (record.key.split("/")[0], record.state, "draft" if record.draft else "", f"{record.cost_usd or ''}")
    found = "" if record.findings is None else f"finds {record.findings}"
    return " ".join(part for part in (*parts, found) if part)


def posted(bench: Bench) -> list[str]:
    """The comments that the run wrote."""
    try:
        shown = FolderGitHub.comments(bench.github, SEVEN)
    except ThreadUnavailable:
        return []
    return [each.body for each in shown if each.author.login == LOGIN and not each.body.endswith("\nYes.")]


def booked(bench: Bench) -> Decimal:
    """USD that are known to be spent."""
    return sum((day.usd for day in bench.ledger().budget.days.values()), Decimal(0))


def begin(bench: Bench, model: ScriptedModel, row: Row) -> BenchRun:
    """The run of a row. One without a ledger has its own, which nobody else sees."""
    if row.shared:
        return bench.shared(model, RUN, dry_run=row.dry_run)
    alone = LedgerStore(bench.store, bench.clock, "o/r", Claimant(0, 0, "alone"), shared=False)
    return bench_run(bench.github, model_factory(model), bench.clock, replace(MATERIALS, dry_run=row.dry_run), alone)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.rule)
def test_how_it_ends(row: Row, tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    if row.config:
        bench.configure(row.config)
    for setup in row.before:
        setup(bench)
    model = ScriptedModel(*row.script, meanwhile=lambda: row.meanwhile(bench))
    before = booked(bench)
    outcome = begin(bench, model, row).answer(row.wake)

    assert f"{outcome.status} {outcome.reason.code}" == row.ends, outcome.reason
    assert row.detail in outcome.reason.detail
    assert {name: getattr(outcome, name) for name in row.told} == row.told
    assert ", ".join(in_words(record) for record in bench.records().values()) == row.records
    assert (len(model.requests), len(posted(bench))) == (row.calls, row.posted)
    assert f"{outcome.cost_usd or ''}" == row.paid
    done = [part for part in outcome.parts or (outcome,) if part.status == "done" and not part.dry_run]
    assert {part.body for part in done} <= {*posted(bench)}, "what is told is what is shown"
    mine = [in_words(each) for each in bench.records().values() if each.by.run == RUN]
    assert not row.shows_records or [in_words(each) for each in outcome.records] == mine != []
    budget = bench.ledger().budget
    assert len(budget.reservations) == row.put_aside
    assert booked(bench) - before == (0 if row.put_aside else outcome.cost_usd or 0)
    assert any(day.unsettled for day in budget.days.values()) == row.in_doubt
    assert bool(bench.ledger().cool_downs.until) == row.others_wait


@pytest.mark.parametrize("shared", [True, False])
def test_a_mistake_in_the_configuration_is_the_callers_business(tmp_path: Path, shared: bool) -> None:
    bench, model = Bench(tmp_path), ScriptedModel()
    bench.configure("modle: x")
    with pytest.raises(ConfigError):
        (bench.shared if shared else bench.line)(model).answer(OPENED)
    assert (bench.records(), model.requests, posted(bench)) == ({}, [], [])


# ---- is there work? ----


@dataclass(frozen=True)
class Look:
    """``records``: what the ledger has after it; nothing is asked, posted or taken in hand."""

    rule: str
    found: bool
    records: str = ""
    before: tuple[Setup, ...] = ()
    events: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


LOOKS = (
    Look("what is open is work", True),
    Look("what is written is", True, "issue answered draft", (written(ISSUE),)),
    Look("what another run has in hand is not", False, "issue claimed", (claimed(ISSUE),)),
    Look("what is of no event that is wanted is not", False, events={"issues": ()}),
    Look("what is wanted of it is", True, before=(issue(**asked(31)),), events={"issues": ()}),
    Look(
        "what ended by itself is written down",
        False,
        "issue skipped",
        (issue(body="short"), on_record(record(ISSUE, "claimed"))),
    ),
    Look(
        "what is to be given up is given up in red, by whoever is sent there",
        True,
        "issue claimed",
        (on_record(record(ISSUE, "claimed", tries=MAX_TRIES, until=LONG_AGO)),),
    ),
    Look("so is what went with its thread", False, "issue skipped", (on_record(record(ISSUE, "deferred")), gone)),
    Look("of a thread that is gone there need be nothing", False, before=(gone,)),
)


@pytest.mark.parametrize("row", LOOKS, ids=lambda row: row.rule)
def test_whether_there_is_work(row: Look, tmp_path: Path) -> None:
    bench, model = Bench(tmp_path), ScriptedModel()
    for setup in row.before:
        setup(bench)
    assert has_work(bench.shared(model), SEVEN, trigger(), EventPolicy(row.events)) is row.found
    assert ", ".join(in_words(record) for record in bench.records().values()) == row.records
    assert (model.requests, bench.github.posts) == ([], 0)


def test_that_a_thread_cannot_be_read_is_not_that_it_has_no_work(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.github.failing["comments"] = FORBIDDEN
    with pytest.raises(UpstreamError):
        has_work(bench.shared(ScriptedModel()), SEVEN, trigger(), EventPolicy())
