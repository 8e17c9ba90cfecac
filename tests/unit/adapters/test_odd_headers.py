"""What services say in their headers, end to end: whatever it is, a run ends in order and lets go of what it held.

The real adapters, against a server on this machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from hls_action.adapters.claude.api import Claude
from hls_action.adapters.github.rest import RestGitHub
from hls_action.adapters.state.folder import FolderStateStore
from hls_action.domain.ledger import documents
from hls_action.domain.ledger.model import Claimant, Ledger
from hls_action.domain.limits.headers import LONGEST
from hls_action.domain.outcome import Outcome
from hls_action.line.respond import answer
from hls_action.line.run import begin
from hls_action.records.store import LedgerStore
from hls_action.resilience.limiter import Limiter
from tests.fakes import FakeClock
from tests.unit.adapters.loopback import Loopback, Reply, serve
from tests.unit.builders import BODY
from tests.unit.line_bench import MATERIALS, OPENED

ISSUE, COMMENTS, LABELS = "/repos/o/r/issues/7", "/repos/o/r/issues/7/comments", "/repos/o/r/labels"
MESSAGES = "/v1/messages"
ODD = ("inf", "-inf", "nan", "1e12", "9" * 400, "", "soon", "-1", "Fri, 31 Dec 9999 23:59:59 GMT", "\xb2")


@pytest.fixture
def server() -> Iterator[Loopback]:
    with serve() as loopback:
        yield loopback


def issue(server: Loopback) -> Reply:
    return Reply(
        {
            "url": f"{server.url}{ISSUE}",
            "repository_url": f"{server.url}/repos/o/r",
            "number": 7,
            "title": "Export crashes",
            "body": BODY,
            "user": {"login": "ann", "type": "User"},
            "state": "open",
            "created_at": "2026-11-02T09:00:00Z",
            "updated_at": "2026-11-02T09:00:00Z",
            "comments": 0,
        }
    )


def run_once(server: Loopback, state: Path) -> tuple[Outcome, Ledger, FakeClock]:
    clock, store = FakeClock(), FolderStateStore(state)
    limits = Limiter(clock, "github", lambda: 60.0)
    github = RestGitHub(server.url, "ghs_secret", "o/r", job_token=True, is_real=False, limiter=limits)
    claude = Claude(server.url, api_key="sk-test")
    ledger_store = LedgerStore(store, clock, "o/r", Claimant(1, 1, "a"))
    outcome = answer(begin(github, lambda: claude, clock, MATERIALS, ledger_store, github_limiter=limits), OPENED)
    return outcome, documents.read(store.read().documents), clock


def is_let_go(ledger: Ledger, clock: FakeClock) -> bool:
    """Nobody has anything in hand, what waits does not wait for ever, and no money is put aside."""
    week = clock.now() + timedelta(seconds=LONGEST)
    return not ledger.budget.reservations and all(
        record.state == "deferred" and record.until is not None and record.until <= week for record in ledger.records
    )


@pytest.mark.parametrize("odd", ODD)
def test_a_refusal_by_claude_defers(server: Loopback, tmp_path: Path, odd: str) -> None:
    names = ("requests", "tokens", "input-tokens", "output-tokens")
    headers = {
        "retry-after": odd,
        "x-should-retry": odd,
        **{f"anthropic-ratelimit-{name}-{part}": odd for name in names for part in ("limit", "remaining", "reset")},
    }
    server.on(ISSUE, issue(server))
    server.on(COMMENTS, Reply([]))
    server.on(LABELS, Reply([]))
    server.on(MESSAGES, Reply({"type": "error", "error": {"type": "rate_limit_error", "message": "x"}}, 429, headers))
    outcome, ledger, clock = run_once(server, tmp_path)
    assert outcome.status == "deferred"
    assert ledger.records
    assert is_let_go(ledger, clock)


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("path", [ISSUE, COMMENTS, LABELS])
def test_a_refusal_by_github_defers(server: Loopback, tmp_path: Path, odd: str, path: str) -> None:
    limit = dict.fromkeys(("retry-after", "x-ratelimit-limit", "x-ratelimit-reset"), odd)
    for known in (ISSUE, COMMENTS, LABELS):
        server.on(known, issue(server) if known == ISSUE else Reply([]))
    server.on(MESSAGES, Reply(status=500))
    server.on(path, Reply({"message": "API rate limit exceeded"}, 403, limit | {"x-ratelimit-remaining": "0"}))
    outcome, ledger, clock = run_once(server, tmp_path)
    assert outcome.status == "deferred"
    assert is_let_go(ledger, clock)


@pytest.mark.parametrize("odd", ODD)
def test_what_an_answer_says_of_limits_does_not_hurt_it(server: Loopback, tmp_path: Path, odd: str) -> None:
    """Of what GitHub answers PyGithub reads the numbers first: they end in another try, and not in a traceback."""
    odd_limits = dict.fromkeys(("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"), odd)
    server.on(ISSUE, replace(issue(server), headers=odd_limits))
    server.on(COMMENTS, Reply([]))
    server.on(LABELS, Reply([]))
    server.on(MESSAGES, Reply({"type": "error", "error": {"type": "api_error", "message": "x"}}, 500))
    outcome, ledger, clock = run_once(server, tmp_path)
    assert outcome.status == "deferred"
    assert is_let_go(ledger, clock)
