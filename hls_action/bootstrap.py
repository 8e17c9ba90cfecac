"""The composition root: the only place that builds adapters. Slow imports happen here, late and at once."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from hls_action import data, head_start
from hls_action.adapters.claude import lazy_import
from hls_action.adapters.clock import SystemClock
from hls_action.config import hls_yml
from hls_action.config.environment import (
    Config,
    ledger_remote,
    require_github,
    require_repository,
)
from hls_action.domain.errors import UsageError
from hls_action.domain.knowledge import labelling
from hls_action.domain.ledger.model import Claimant, Ledger
from hls_action.domain.settings import Settings
from hls_action.domain.tasks.answer import SCHEMA
from hls_action.head_start import HeadStart, State
from hls_action.line.materials import Materials, quiet
from hls_action.line.run import Run, begin
from hls_action.ports import ChatModel, IssueHistory, IssueIndexStore, Snapshot, Source, StateStore, TokenCounter
from hls_action.records.store import LedgerStore
from hls_action.reporting import dashboard
from hls_action.resilience.background import Background, Once
from hls_action.resilience.retry import Retrier

if TYPE_CHECKING:
    from hls_action.adapters.claude.api import Claude
    from hls_action.adapters.github.folder import FolderGitHub


INDEX_SECONDS = 30.0
"""How long git may take for the index of issues, which an answer can do without."""


def run(config: Config, started: HeadStart | None = None) -> Run:
    """A run against GitHub and Claude. Errors: `UsageError` when something it needs is missing.

    ``started``: what was begun for it already.
    """
    started = started or head_start.begin(config)
    build = partial(_claude, config)
    model = Once(build)
    return begin(
        started.github,
        model,
        SystemClock(),
        materials(config, public=started.public),
        _shared_ledger(config, started.state),
        webhook=_webhook(config),
        github_limiter=started.github_limiter,
        debug=head_start.runner(config).debug if config.debug else quiet,
        source=started.source,
        early_thread=started.thread,
        issue_store=_issue_store(config),
    )


def ledger_store(config: Config) -> LedgerStore | None:
    """This run's door to the ledger, which git begins to read; None when there is none.

    Errors: `UsageError` for a remote that cannot be.
    """
    return _shared_ledger(config, head_start.state(config))


def _shared_ledger(config: Config, state: State | None) -> LedgerStore | None:
    if state is None:
        return None
    return _ledger_store(config, state.store, own_branch=not config.state_remote, early_read=state.early_read)


def _issue_store(config: Config) -> IssueIndexStore | None:
    """Where the index of issues is: beside the ledger, on a branch of its own. In a repository that other ones share
    for their state, each has its own. None where there is no ledger, or nobody tells them apart.
    """
    remote = ledger_remote(config)
    if not remote or (config.state_remote and config.repository_number is None):
        return None
    from hls_action.adapters.state.git import GitStateStore

    whose = f"-{config.repository_number}" if config.state_remote else ""
    branch = f"{config.state_branch}-index{whose}"
    return GitStateStore(remote, branch, config.github_token, deadline_seconds=INDEX_SECONDS)


def ledger(config: Config) -> tuple[Ledger, datetime]:
    """The ledger as it is, and the time. Errors: `UsageError` where there is none; `StateUnavailable` and the like."""
    if not config.state_remote:
        require_repository(config)
    shared, clock = ledger_store(config), SystemClock()
    if shared is None:
        raise UsageError(
            "there is no ledger: 'state-branch' is 'none', or GITHUB_API_URL is a stand-in on this machine."
        )
    return shared.read(Retrier(clock, head_start.READ_SECONDS)), clock.now()


def _ledger_store(
    config: Config, store: StateStore, *, own_branch: bool = False, early_read: Callable[[], Snapshot] | None = None
) -> LedgerStore:
    claimant = Claimant(config.run_id, config.run_attempt, secrets.token_hex(4))
    return LedgerStore(
        store,
        SystemClock(),
        config.repository,
        claimant,
        redact=head_start.redactor(config),
        pages=dashboard.pages,
        number=config.repository_number,
        own_branch=own_branch,
        early_read=early_read,
    )


def has_claude(config: Config) -> bool:
    """Whether there is a way to sign in to Claude."""
    return bool(config.anthropic_api_key or config.federation)


def token_counter(config: Config) -> TokenCounter | None:
    """Claude's count of tokens; None where nobody can sign in to it."""
    return _claude(config) if has_claude(config) else None


def issue_history(config: Config) -> tuple[IssueHistory, Retrier]:
    """The repository's issues over REST, and what repeats a request. Errors: `UsageError` for what it lacks."""
    require_github(config)
    head_start.trust_the_machine()
    github = head_start.rest(config, head_start.github_limits(sweeping=False))
    return github, Retrier(SystemClock(), head_start.SECONDS)


def local_run(config: Config, folder: Path, files: Path | None = None) -> tuple[Run, FolderGitHub]:
    """A run against a folder; Claude answers when there is a key, the offline sample when there is none.

    ``files``: where the repository's files are, if not in the same folder.
    """
    from hls_action.adapters.github.folder import FolderGitHub
    from hls_action.adapters.source.folder import FolderSource
    from hls_action.adapters.state.folder import FolderStateStore

    github = FolderGitHub(folder, SystemClock())
    build = partial(_claude, config) if has_claude(config) else _offline
    shared = _ledger_store(config, FolderStateStore(folder / "state"))
    source, made = FolderSource(files or folder), materials(config, public=head_start.is_readable_by_all(config))
    index = FolderStateStore(folder / "index")
    run = begin(github, Background(build), SystemClock(), made, shared, source=source, issue_store=index)
    return run, github


def materials(config: Config, *, public: bool = False) -> Materials:
    """The shipped files and the maintainers' choices. ``public``: everybody may read the repository."""
    return Materials(
        repository=config.repository,
        rules=config.rules,
        templates=data.templates(),
        footer=data.text("templates/footer.md"),
        schema=SCHEMA,
        prices=data.prices(),
        parse_settings=partial(_settings, config),
        config_path=config.config_path,
        redact=head_start.redactor(config),
        dry_run=config.dry_run,
        public=public,
        seconds=head_start.SECONDS,
        server=config.server_url,
    )


def _settings(config: Config, text: str | None) -> Settings:
    own = labelling.own_labels(config.rules)
    return hls_yml.parse(text or "", config.config_path, data.prices(), model=config.model, own_labels=own)


def folder_source(folder: Path) -> Source:
    """The files in a folder, as they are."""
    from hls_action.adapters.source.folder import FolderSource

    return FolderSource(folder)


def _webhook(config: Config) -> Callable[[str], str] | None:
    if not config.alert_webhook:
        return None
    from hls_action.adapters.webhook import Webhook

    return Webhook(config.alert_webhook)


def _claude(config: Config) -> Claude:
    lazy_import.narrow_sdk()
    from hls_action.adapters.claude.api import Claude, federated
    from hls_action.adapters.claude.oidc import identity_token

    if config.anthropic_api_key:
        return Claude(config.anthropic_base_url, api_key=config.anthropic_api_key)
    federation = config.federation
    assert federation is not None  # noqa: S101 - require_claude said so
    return federated(
        config.anthropic_base_url,
        federation.rule_id,
        federation.organization_id,
        partial(identity_token, federation.request_url, federation.request_token),
        workspace_id=federation.workspace_id,
        service_account_id=federation.service_account_id,
    )


def _offline() -> ChatModel:
    from hls_action.adapters.claude.offline import OfflineResponder

    return OfflineResponder()
