"""The inputs that say who may ask. Imported only where one of them is set, for the gate has no time to lose."""

from __future__ import annotations

from hls_action.config.inputs import nearest, shown
from hls_action.domain.errors import UsageError
from hls_action.domain.events.asking import ASKED_IN, WHO

QUOTES = frozenset("\"'`")
NEVER_IN_A_NAME = QUOTES | frozenset(" \t")


def read_who(value: str, name: str, parts: tuple[str, ...]) -> tuple[str, ...]:
    """Who may ask in issues, comments and pull requests: one word for all, or some of them, as in ``issues=known``."""
    if len(parts) == 1 and parts[0] in WHO:
        return (parts[0],) * len(ASKED_IN)
    chosen = dict.fromkeys(ASKED_IN, "all")
    for part in parts:
        kind, sign, word = (each.strip() for each in part.partition("="))
        if kind not in ASKED_IN or word not in WHO:
            wrong = word if kind in ASKED_IN else kind
            choices = ASKED_IN if sign and wrong is kind else WHO
            close = "" if wrong in choices else nearest(wrong, choices)
            raise UsageError(
                f"input '{name}' is '{shown(value)}'; it must be one of {', '.join(WHO)}, or several of "
                f"{', '.join(f'{each}=WHO' for each in ASKED_IN)}, like 'issues=all, comments=known'.{close}"
            )
        chosen[kind] = word
    return tuple(chosen.values())


def check_actor(entry: str, name: str, *, teams: bool) -> None:
    """Errors: `UsageError` for what is neither an account, nor a pattern for some, nor, where ``teams`` may be named, a
    team.
    """
    organization, slash, team = entry.removeprefix("@").partition("/")
    is_team = teams and entry[0] == "@" and organization and team and "/" not in team
    if (is_team or not (slash or "@" in entry)) and not NEVER_IN_A_NAME.intersection(entry):
        return
    kinds = ["an account like 'ann'", "a pattern like 'ann-*'", "a team like '@org/team'"][: 3 if teams else 2]
    quoted = " Leave out the quotation marks." if QUOTES.intersection(entry) else ""
    raise UsageError(
        f"input '{name}' contains '{shown(entry)}'; it must be {', '.join(kinds[:-1])} or {kinds[-1]}.{quoted}"
    )
