"""Action inputs and the runner's environment, read once into one frozen value that names what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, Self, cast
from urllib.parse import urlsplit

from hls_action.config import inputs
from hls_action.domain.errors import UsageError
from hls_action.domain.events.relevance import GateRules

Command = Literal["run", "sweep", "rerun", "claim", "ask", "publish"]
DEFAULT_BRANCHES = ("main", "master", "trunk", "develop")
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class Federation:
    """How to sign in to Claude with the job's GitHub OIDC token, with no key stored anywhere.

    ``workspace_id`` and ``service_account_id`` are ``""`` where the rule leaves no choice.
    """

    rule_id: str
    organization_id: str
    request_url: str
    request_token: str = field(repr=False)
    workspace_id: str = ""
    service_account_id: str = ""


@dataclass(frozen=True)
class Config:
    """The configuration of a run. Secrets are left out of its repr.

    ``repository_number`` is GitHub's own for it, which outlasts its name; None where nobody tells. ``model`` is the
    input, ``""`` when left to the configuration file; ``config_path`` is that file's path in the repository. ``run_id``
    and ``run_attempt`` are 1 where nobody counts runs, as under act. ``state_remote`` is the input, ``""`` when left
    out; ``state_branch`` is ``""`` for no ledger. ``job_token``: the GitHub token is the job's own, whose login is
    ``github-actions[bot]``. ``stop``: the emergency stop is set. ``claim`` and ``answer``: what earlier jobs of a split
    workflow handed over.
    """

    repository: str
    repository_number: int | None
    api_url: str
    event_name: str
    event_path: str
    rules: GateRules
    config_path: str
    model: str
    dry_run: bool
    number: int | None
    force: bool
    fan_out: bool
    run_id: int
    run_attempt: int
    state_remote: str
    state_branch: str
    server_url: str
    job_token: bool
    github_token: str = field(repr=False)
    anthropic_api_key: str = field(repr=False)
    anthropic_base_url: str
    alert_webhook: str = field(repr=False)
    federation: Federation | None
    output_path: Path | None
    summary_path: Path | None
    debug: bool = False
    stop: bool = False
    claim: str = ""
    answer: str = ""

    @property
    def repeated(self) -> bool:
        """Whether the run is a later attempt."""
        return self.run_attempt > 1

    def for_command(self, asked: str) -> Self:
        """The same, where a command other than ``auto`` was given to the program, which counts before the input."""
        return self if asked == "auto" else replace(self, rules=self.rules._replace(command=asked))

    @property
    def asks(self) -> bool:
        """Whether the run may ask Claude: all do but those whose jobs are to have no key."""
        lists = self.rules.command == "sweep" and self.fan_out
        return not lists and self.rules.command not in ("claim", "publish")

    @property
    def secrets(self) -> tuple[str, ...]:
        """Values that must never be printed."""
        request_token = self.federation.request_token if self.federation else ""
        held = (self.github_token, self.anthropic_api_key, request_token, self.alert_webhook)
        return tuple(secret for secret in held if secret)


def load(environ: Mapping[str, str]) -> Config:
    """Read and check the environment. Errors: `UsageError` naming the input or variable and what it must be."""
    repository = environ.get("GITHUB_REPOSITORY", "").strip()
    return Config(
        repository=repository,
        repository_number=_number(environ, "GITHUB_REPOSITORY_ID"),
        api_url=_url(environ, "GITHUB_API_URL", "https://api.github.com"),
        event_name=environ.get("GITHUB_EVENT_NAME", "").strip(),
        event_path=environ.get("GITHUB_EVENT_PATH", "").strip(),
        rules=inputs.gate_rules(environ),
        config_path=_config_path(inputs.config(environ)),
        model=inputs.model(environ),
        dry_run=inputs.dry_run(environ),
        number=inputs.number(environ),
        force=inputs.force(environ),
        fan_out=inputs.fan_out(environ),
        run_id=_count(environ, "GITHUB_RUN_ID"),
        run_attempt=_count(environ, "GITHUB_RUN_ATTEMPT"),
        state_remote=inputs.state_remote(environ),
        state_branch=_state_branch(inputs.state_branch(environ)),
        server_url=_url(environ, "GITHUB_SERVER_URL", "https://github.com"),
        job_token=not inputs.github_token(environ) or environ.get("HLS_JOB_TOKEN", "") == "true",
        github_token=_secret("github-token", inputs.github_token(environ) or environ.get("GITHUB_TOKEN", "")),
        anthropic_api_key=_secret(
            "anthropic-api-key", inputs.anthropic_api_key(environ) or environ.get("ANTHROPIC_API_KEY", "")
        ),
        anthropic_base_url=_url(environ, "ANTHROPIC_BASE_URL", "https://api.anthropic.com"),
        alert_webhook=_webhook(inputs.alert_webhook(environ)),
        federation=_federation(environ),
        output_path=_path(environ, "GITHUB_OUTPUT"),
        summary_path=_path(environ, "GITHUB_STEP_SUMMARY"),
        debug=environ.get("RUNNER_DEBUG", "") == "1",
        stop=inputs.stop(environ),
        claim=inputs.claim(environ),
        answer=inputs.answer(environ),
    )


def require_github(config: Config) -> None:
    """Check what talking to GitHub needs. Errors: `UsageError` with the line to add."""
    require_repository(config)
    if not config.github_token:
        raise UsageError(
            "there is no GitHub token: remove the input 'github-token' to use the job's own, or set it to a token."
        )


def require_repository(config: Config) -> None:
    """Check that the repository is named. Errors: `UsageError`."""
    if not is_repository(config.repository):
        raise UsageError(f"GITHUB_REPOSITORY is '{inputs.shown(config.repository)}'; it must be 'owner/name'.")


def is_repository(name: str) -> bool:
    """Whether ``name`` is an owner and a repository, as in ``octo/example``."""
    owner, _, repository = name.partition("/")
    return bool(owner and repository) and "/" not in repository


def ledger_remote(config: Config) -> str:
    """The git remote that holds the ledger: the one named, else this repository's. ``""`` for none.

    There is none where the API is a stand-in on this machine and the server is not: what is tried out here is none of
    the real repository's business, and neither is its token.
    """
    return (config.state_remote or own_remote(config)) if config.state_branch else ""


def own_remote(config: Config) -> str:
    """The git remote of this repository. ``""`` where the API is a stand-in on this machine and the server is not."""
    tried_out = is_loopback(config.api_url) and not is_loopback(config.server_url)
    return "" if tried_out else f"{config.server_url}/{config.repository}.git"


def require_claude(config: Config) -> None:
    """Check what talking to Claude needs. Errors: `UsageError` with the lines to add."""
    if config.anthropic_api_key or config.federation:
        return
    raise UsageError(
        "cannot sign in to Claude: set the input 'anthropic-api-key' (usually "
        "'${{ secrets.ANTHROPIC_API_KEY }}'; is the secret set for this repository?), or "
        "'anthropic-federation-rule-id' and 'anthropic-organization-id' with the permission 'id-token: write'."
    )


def command(config: Config) -> Command:
    """Which command to run: by the input, else by event.

    Errors: `UsageError` for a re-run without a number.
    """
    chosen = config.rules.command
    if chosen == "auto":
        if config.event_name == "schedule":
            chosen = "sweep"
        elif config.event_name == "workflow_dispatch":
            chosen = "rerun" if config.number else "sweep"
        else:
            chosen = "run"
    if chosen == "rerun" and not config.number:
        raise UsageError(inputs.NUMBER_MISSING)
    return cast("Command", chosen)


def is_loopback(url: str) -> bool:
    """Whether ``url`` stays on this machine."""
    return (urlsplit(url).hostname or "") in LOOPBACK


def _secret(name: str, value: str) -> str:
    value = value.strip()
    if any(c.isspace() or not c.isprintable() for c in value):
        raise UsageError(
            f"input '{name}' contains white space or an unprintable character: was the secret pasted correctly?"
        )
    return value


def _webhook(value: str) -> str:
    """The address alerts are sent to, or ``""``. It is a secret, so that the error does not repeat it."""
    if value and not (value.startswith("https://") or is_loopback(value)):
        raise UsageError("input 'alert-webhook' must be a URL that begins with https://, usually from a secret.")
    return value


def _url(environ: Mapping[str, str], name: str, default: str) -> str:
    value = environ.get(name, "").strip().rstrip("/") or default
    try:
        parts = urlsplit(value)
        scheme, host, port = parts.scheme, parts.hostname, parts.port
    except ValueError:
        scheme, host, port = "", None, None
    if scheme not in ("http", "https") or not host or port == 0:
        raise UsageError(f"{name} is '{inputs.shown(value)}'; it must be a URL like {default}.")
    if scheme == "http" and host not in LOOPBACK:
        raise UsageError(f"{name} is '{inputs.shown(value)}'; it must use https, because a token is sent there.")
    return value


def _config_path(path: str) -> str:
    if path.startswith("/") or ".." in path.split("/"):
        raise UsageError(
            f"input 'config' is '{inputs.shown(path)}'; it must be a path inside the repository, like .github/hls.yml."
        )
    return path


def _federation(environ: Mapping[str, str]) -> Federation | None:
    rule = inputs.anthropic_federation_rule_id(environ)
    organization = inputs.anthropic_organization_id(environ)
    workspace = inputs.anthropic_workspace_id(environ)
    account = inputs.anthropic_service_account_id(environ)
    if not (rule or organization or workspace or account):
        return None
    if not (rule and organization):
        raise UsageError(
            "the inputs 'anthropic-federation-rule-id' and 'anthropic-organization-id' must be set together, "
            "and are required by 'anthropic-workspace-id' and 'anthropic-service-account-id'."
        )
    url = environ.get("ACTIONS_ID_TOKEN_REQUEST_URL", "")
    token = environ.get("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "")
    if not (url and token):
        raise UsageError("signing in by OIDC requires the job to have 'permissions: id-token: write'.")
    return Federation(rule, organization, url, token, workspace, account)


def _count(environ: Mapping[str, str], name: str) -> int:
    """A number that GitHub counts up from 1. Errors: `UsageError` naming the variable."""
    value = environ.get(name, "").strip() or "1"
    if not (value.isascii() and value.isdigit() and len(value) < 20 and int(value) > 0):
        raise UsageError(f"{name} is '{inputs.shown(value)}'; it must be a whole number of 1 or more.")
    return int(value)


def _number(environ: Mapping[str, str], name: str) -> int | None:
    """A number that GitHub gave something; None where there is none, as under act."""
    value = environ.get(name, "").strip()
    return int(value) if value.isascii() and value.isdigit() and len(value) < 20 else None


def _state_branch(value: str) -> str:
    """The branch that holds the ledger; ``""`` for none. Git validates the name."""
    if value.lower() == "none":
        return ""
    if value.removeprefix("refs/heads/") in DEFAULT_BRANCHES:
        raise UsageError(
            f"input 'state-branch' is '{value}', which looks like the default branch; HLS overwrites its branch "
            "completely and needs one of its own, such as hls-state."
        )
    return value


def _path(environ: Mapping[str, str], name: str) -> Path | None:
    value = environ.get(name, "").strip()
    return Path(value) if value else None
