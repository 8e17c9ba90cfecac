"""Who may ask, where the maintainers do not let everybody.

Imported by the gate, and only then: standard library only, and nothing that is slow to import.
"""

from __future__ import annotations

from hls_action.domain.events.relevance import MAINTAINERS, is_among

WHO = ("all", "known", "members")
"""Everybody, people with a commit in the repository, or its members."""
ASKED_IN = ("issues", "comments", "pull_requests")
"""What people ask in, for each of which the maintainers may choose who may."""
BY_EVENT = {"issues": 0, "issue_comment": 1, "pull_request": 2, "pull_request_target": 2}
"""Which of `ASKED_IN` an event is about."""
CONTRIBUTORS = ("CONTRIBUTOR", *MAINTAINERS)
"""The author associations of people with a commit in the repository. A member who hides it has the first, or none."""
TIES = {"known": CONTRIBUTORS, "members": MAINTAINERS}


def may_ask(login: str, association: str, who: str, allow: tuple[str, ...]) -> bool:
    """Whether ``who`` lets somebody ask, by their tie to the repository, or else the allow list."""
    return who == "all" or association in TIES[who] or is_among(login.lower(), allow)


def refusal(login: str, association: str, who: str, allow: tuple[str, ...]) -> str:
    """Why the gate turns somebody away, for people, or ``""``. Whom only GitHub's API can tell apart goes on to the
    line: a contributor may be a member who hides it, and nobody here knows who is in a team.
    """
    heard = may_ask(login, association, who, allow) or association in CONTRIBUTORS
    return "" if heard or any(name[0] == "@" for name in allow) else not_heard(login, who)


def not_heard(login: str, who: str) -> str:
    """Why somebody is not answered, for people."""
    return f"to answer {login}, name them in 'allow-actors' or set the trigger label: the input 'who' is '{who}'"
