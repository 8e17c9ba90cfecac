"""What a run waits for first, begun before the modules that take it are imported, for these take longer.

The part of the composition root that is quick to import: git reads the ledger, and GitHub is asked for the thread.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from hls_action import gate
from hls_action.adapters.claude import lazy_import
from hls_action.adapters.clock import SystemClock
from hls_action.adapters.runner import Runner
from hls_action.config.environment import (
    Config,
    is_loopback,
    ledger_remote,
    own_remote,
    require_claude,
    require_github,
)
from hls_action.domain.errors import UsageError
from hls_action.domain.events.delivery import is_public
from hls_action.domain.events.trigger import Trigger
from hls_action.domain.limits.pace import Concurrency, Pace
from hls_action.domain.text.secrets import Redact, redact
from hls_action.resilience.background import Background, Early
from hls_action.resilience.limiter import Limiter

if TYPE_CHECKING:
    from pathlib import Path

    from hls_action.adapters.github.rest import RestGitHub
    from hls_action.domain.identity import ThreadId
    from hls_action.domain.threads.thread import Thread
    from hls_action.ports import Snapshot, Source, StateStore

SECONDS = 480.0
"""How long a whole run may take."""
READ_SECONDS = 60.0
"""How long a command that somebody waits for may read."""
GITHUB_CALLS = 8
"""At once; GitHub asks not to have more than a hundred."""
LEFT_BY_SWEEPS = 0.2
"""The part of GitHub's limit (1,000 requests an hour with the job's token) that sweeps leave to others."""


@dataclass(frozen=True)
class State:
    """Where the ledger is. ``early_read``: waits for a read of it that has begun."""

    store: StateStore
    early_read: Callable[[], Snapshot]


@dataclass(frozen=True)
class HeadStart:
    """``state``: None where there is no ledger; ``source``: the repository's files, None where git does not have them;
    ``public``: everybody may read these. ``thread``: the first attempt to read it, if one is known already.
    """

    state: State | None
    source: Source | None
    public: bool
    github: RestGitHub
    github_limiter: Limiter
    thread: Early[ThreadId, Thread] | None


def begin(config: Config, trigger: Trigger | None = None, *, sweeping: bool = False) -> HeadStart:
    """Begin to read. Errors: `UsageError` when something that a run needs is missing.

    ``sweeping``: nobody waits for the run, so that it leaves some of GitHub's limit to others.
    """
    require_github(config)
    if config.asks:
        require_claude(config)
    found = state(config)  # first, so that git reads while what follows is imported
    public = is_readable_by_all(config)
    files = source(config, whole=public)
    if files is not None and trigger is not None and trigger.is_new:
        Background(files.tree)  # and keeps it
    trust_the_machine()
    limiter = github_limits(sweeping=sweeping)
    github = rest(config, limiter)
    early = None
    if trigger is not None and trigger.threads:
        wanted = trigger.threads[0]
        early = Early(wanted, Background(partial(github.thread, wanted, trigger.is_pull)))
    return HeadStart(found, files, public, github, limiter, early)


def state(config: Config) -> State | None:
    """Where the ledger is, which git begins to read; None when there is none.

    Errors: `UsageError` for a remote that cannot be.
    """
    remote = ledger_remote(config)
    if not remote:
        return None
    from hls_action.adapters.state.git import GitStateStore

    store = GitStateStore(remote, config.state_branch, config.github_token)
    return State(store, Background(store.read))


def source(config: Config, *, whole: bool) -> Source | None:
    """The default branch's files; None where what is tried out here is none of the real repository's business.

    ``whole``: most of them will be wanted, for code is looked up in them.
    """
    remote = own_remote(config)
    if not remote:
        return None
    from hls_action.adapters.source.git import GitSource

    return GitSource(remote, config.github_token, whole=whole)


def local_source(folder: Path, commit: str) -> Source:
    """The files of the repository that ``folder`` is in, at ``commit`` or its HEAD. Errors: `UsageError`."""
    from hls_action.adapters.source.git import GitSource
    from hls_action.adapters.source.local import locate

    found = locate(folder, commit)
    return GitSource(
        str(found.folder), want=found.commit or "HEAD", checkout=found.folder, deadline_seconds=READ_SECONDS
    )


def is_readable_by_all(config: Config) -> bool:
    """Whether everybody may read the repository, by the event; False where that does not say."""
    try:
        return is_public(gate.read_event(config.event_path))
    except UsageError:
        return False


def runner(config: Config) -> Runner:
    """The job's log, outputs and summary."""
    return Runner(config.output_path, config.summary_path, redact=redactor(config))


def redactor(config: Config) -> Redact:
    """What takes secrets out of texts, the job's own among them."""
    return partial(redact, own=frozenset(config.secrets))


def trust_the_machine() -> None:
    """Have every TLS connection of this process ask the machine's own store, where a company's CA stands.

    Before the first client is imported: urllib3 takes the class when it is. requests adds the CAs it brings.
    """
    import truststore

    truststore.inject_into_ssl()


def github_limits(*, sweeping: bool) -> Limiter:
    """GitHub's limits, as this run keeps them."""
    from hls_action.resilience.retry import TIME_TO_RECORD

    clock = SystemClock()
    ends = clock.monotonic() + SECONDS - TIME_TO_RECORD
    pace = Pace(Concurrency(limit=GITHUB_CALLS, cap=GITHUB_CALLS), headroom=LEFT_BY_SWEEPS if sweeping else 0.0)
    return Limiter(clock, "github", lambda: ends - clock.monotonic(), pace)


def rest(config: Config, limiter: Limiter) -> RestGitHub:
    """The repository, over REST."""
    lazy_import.bare("github")
    from hls_action.adapters.github.rest import RestGitHub

    return RestGitHub(
        config.api_url,
        config.github_token,
        config.repository,
        job_token=config.job_token,
        is_real=not is_loopback(config.api_url),
        limiter=limiter,
    )
