"""Every input of the action, each in one row. Those the gate needs are read by it before anything is installed.

Standard library only, and nothing that is slow to import.
"""

from __future__ import annotations

from hls_action.domain.errors import UsageError
from hls_action.domain.events.relevance import DEFAULT_RULES, GateRules, one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeVar

    T = TypeVar("T")
    Environ = Mapping[str, str]
    Read = Callable[[str, str], T]
    Input = Callable[[Environ], T]

COMMANDS = ("auto", "run", "sweep", "rerun", "claim", "ask", "publish")
NUMBER_MISSING = "the command 'rerun' needs the input 'number', the issue or pull request to look at."
DEFAULTS: dict[str, str] = {}
"""The default of every input by its name, as ``action.yml`` has them, too."""


def shown(value: str) -> str:
    """A wrong value, shortened for an error message."""
    return one_line(value, 60)


def nearest(word: str, choices: tuple[str, ...]) -> str:
    """``" Did you mean 'x'?"`` for the choice most like ``word``, or ``""``."""
    from difflib import get_close_matches  # slow to import, and only needed once something is already wrong

    close = get_close_matches(word, choices, n=1, cutoff=0.5)
    return f" Did you mean '{close[0]}'?" if close else ""


# ---- What an input may be: from its text, stripped or its default, and its name. Errors: `UsageError` naming it


def _text(value: str, _: str) -> str:
    return value


def _one_of(*choices: str) -> Read[str]:
    def read(value: str, name: str) -> str:
        value = value.lower()
        if value not in choices:
            raise UsageError(
                f"input '{name}' is '{shown(value)}'; it must be one of {', '.join(choices)}.{nearest(value, choices)}"
            )
        return value

    return read


def _flag(value: str, name: str) -> bool:
    return _one_of("true", "false")(value, name) == "true"


def _whole(value: str, name: str, least: int = 0) -> int:
    if not (value.isascii() and value.isdigit()) or int(value[:12]) < least or len(value) > 12:
        raise UsageError(f"input '{name}' is '{shown(value)}'; it must be a whole number of {least} or more.")
    return int(value)


def _thread(value: str, name: str) -> int | None:
    return _whole(value, name, 1) if value else None


def _names(value: str, _: str) -> tuple[str, ...]:
    """Separated by commas or line breaks, in lower case."""
    return tuple(part.strip().lower() for part in value.replace("\n", ",").split(",") if part.strip())


def _accounts(value: str, name: str) -> tuple[str, ...]:
    """Likewise; accounts and patterns for them."""
    return _actors(value, name, teams=False)


def _actors(value: str, name: str, *, teams: bool = True) -> tuple[str, ...]:
    """Likewise; accounts, patterns for them and, as ``@org/team``, teams."""
    found = _names(value, name)
    if found:
        from hls_action.config.who import check_actor

        for each in found:
            check_actor(each, name, teams=teams)
    return found


def _who(value: str, name: str) -> tuple[str, ...]:
    """Who may ask in issues, comments and pull requests."""
    if value == "all":
        return ("all", "all", "all")
    from hls_action.config.who import read_who

    return read_who(value, name, _names(value, name))


def _word(value: str, name: str) -> str:
    if len(value) < 2 or any(c.isspace() for c in value):
        raise UsageError(
            f"input '{name}' is '{shown(value)}'; it must be one word of 2 characters or more, like '/hls'."
        )
    return value


def _input(name: str, read: Read[T], default: str = "") -> Input[T]:
    """What reads the input ``name`` (kebab-case) from the environment that ``action.yml`` sets."""
    DEFAULTS[name] = default
    variable = "HLS_" + name.upper().replace("-", "_")
    return lambda environ: read(environ.get(variable, "").strip() or default, name)


anthropic_api_key = _input("anthropic-api-key", _text)
anthropic_federation_rule_id = _input("anthropic-federation-rule-id", _text)
anthropic_organization_id = _input("anthropic-organization-id", _text)
anthropic_workspace_id = _input("anthropic-workspace-id", _text)
anthropic_service_account_id = _input("anthropic-service-account-id", _text)
github_token = _input("github-token", _text)
command = _input("command", _one_of(*COMMANDS), DEFAULT_RULES.command)
number = _input("number", _thread)
force = _input("force", _flag, "false")
fan_out = _input("fan-out", _flag, "false")
claim = _input("claim", _text)
answer = _input("answer", _text)
stop = _input("stop", lambda value, _: value.lower() not in ("", "false"))
alert_webhook = _input("alert-webhook", _text)
config = _input("config", _text, ".github/hls.yml")
model = _input("model", _text)
dry_run = _input("dry-run", _flag, "false")
mention = _input("mention", _word, DEFAULT_RULES.mention)
comments = _input("comments", _one_of("addressed", "all", "none"), DEFAULT_RULES.comments)
min_body_chars = _input("min-body-chars", _whole, str(DEFAULT_RULES.min_body_chars))
ignore_actors = _input("ignore-actors", _accounts, ",".join(DEFAULT_RULES.ignore_actors))
allow_actors = _input("allow-actors", _actors)
allow_bots = _input("allow-bots", _accounts)
who = _input("who", _who, "all")
ignore_labels = _input("ignore-labels", _names, ",".join(DEFAULT_RULES.ignore_labels))
trigger_label = _input("trigger-label", lambda value, _: value.lower(), DEFAULT_RULES.trigger_label)
state_remote = _input("state-remote", _text)
state_branch = _input("state-branch", _text, "hls-state")


def thread_number(environ: Environ, command: str) -> int | None:
    """The thread that ``command`` looks at, if one is named.

    Errors: `UsageError` for an invalid number, and for a re-run without one.
    """
    thread = number(environ)
    if command == "rerun" and not thread:
        raise UsageError(NUMBER_MISSING)
    return thread


def gate_rules(environ: Environ) -> GateRules:
    """Read the rules of the gate. Errors: `UsageError` for an invalid value."""
    readers = (mention, comments, min_body_chars, ignore_actors, ignore_labels, trigger_label, command, who)
    return GateRules(*(read(environ) for read in (*readers, allow_actors, allow_bots)))
