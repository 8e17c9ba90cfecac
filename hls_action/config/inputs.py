"""The inputs the gate needs, read from the environment ``action.yml`` sets.

Standard library only, and nothing that is slow to import: the gate runs this before anything is installed.
"""

from __future__ import annotations

from collections.abc import Mapping

from hls_action.domain.errors import UsageError
from hls_action.domain.events.relevance import DEFAULT_RULES, GateRules, one_line

COMMANDS = ("auto", "run", "sweep", "rerun")
NUMBER_MISSING = "the command 'rerun' needs the input 'number', the issue or pull request to look at."
COMMENT_MODES = ("addressed", "all", "none")


def shown(value: str) -> str:
    """A wrong value, shortened for an error message."""
    return one_line(value, 60)


def nearest(word: str, choices: tuple[str, ...]) -> str:
    """``" Did you mean 'x'?"`` for the choice most like ``word``, or ``""``."""
    from difflib import get_close_matches  # slow to import, and only needed once something is already wrong

    close = get_close_matches(word, choices, n=1, cutoff=0.5)
    return f" Did you mean '{close[0]}'?" if close else ""


def read(environ: Mapping[str, str], name: str) -> str:
    """The value of action input ``name`` (kebab-case), stripped; ``""`` when it was left out."""
    return environ.get("HLS_" + name.upper().replace("-", "_"), "").strip()


def choice(environ: Mapping[str, str], name: str, choices: tuple[str, ...], default: str) -> str:
    """One of ``choices``. Errors: `UsageError` naming the input and the nearest valid value."""
    value = read(environ, name).lower() or default
    if value not in choices:
        raise UsageError(
            f"input '{name}' is '{shown(value)}'; it must be one of {', '.join(choices)}.{nearest(value, choices)}"
        )
    return value


def whole_number(environ: Mapping[str, str], name: str, default: int, *, least: int = 0) -> int:
    """A whole number of at least ``least``. Errors: `UsageError` naming the input."""
    value = read(environ, name)
    if not value:
        return default
    if not (value.isascii() and value.isdigit()) or int(value[:12]) < least or len(value) > 12:
        raise UsageError(f"input '{name}' is '{shown(value)}'; it must be a whole number of {least} or more.")
    return int(value)


def thread_number(environ: Mapping[str, str], command: str) -> int | None:
    """The thread that ``command`` looks at, if one is named.

    Errors: `UsageError` for an invalid number, and for a re-run without one.
    """
    number = whole_number(environ, "number", 0, least=1) or None
    if command == "rerun" and not number:
        raise UsageError(NUMBER_MISSING)
    return number


def names(environ: Mapping[str, str], name: str, default: tuple[str, ...]) -> tuple[str, ...]:
    """A list of names, separated by commas or line breaks, in lower case."""
    value = read(environ, name)
    if not value:
        return default
    return tuple(part.strip().lower() for part in value.replace("\n", ",").split(",") if part.strip())


def gate_rules(environ: Mapping[str, str]) -> GateRules:
    """Read the rules of the gate. Errors: `UsageError` for an invalid value."""
    mention = read(environ, "mention") or DEFAULT_RULES.mention
    if len(mention) < 2 or any(c.isspace() for c in mention):
        raise UsageError(
            f"input 'mention' is '{shown(mention)}'; it must be one word of 2 characters or more, like '/hls'."
        )
    return GateRules(
        mention=mention,
        comments=choice(environ, "comments", COMMENT_MODES, DEFAULT_RULES.comments),
        min_body_chars=whole_number(environ, "min-body-chars", DEFAULT_RULES.min_body_chars),
        ignore_actors=names(environ, "ignore-actors", DEFAULT_RULES.ignore_actors),
        ignore_labels=names(environ, "ignore-labels", DEFAULT_RULES.ignore_labels),
        trigger_label=(read(environ, "trigger-label") or DEFAULT_RULES.trigger_label).lower(),
        command=choice(environ, "command", COMMANDS, DEFAULT_RULES.command),
    )
