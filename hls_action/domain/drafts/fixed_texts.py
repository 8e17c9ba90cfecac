"""The few texts that HLS posts of its own: one table. Each says that it is HLS's, and costs nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from string import Template
from urllib.parse import quote

SENSITIVE = "sensitive"

SIGNATURE = "<sub>HLS posted this by itself; Claude did not write it.</sub>"

COMMAND_TEXTS: Mapping[str, str] = {
    "help": """\
Start a line of a comment with `$mention` and what you want:

| comment | what happens |
|---|---|
| `$mention` and a question or a request | Claude answers it |
| `$mention retry` | HLS tries again what failed or waits in this thread |
| `$mention status` | HLS says what became of the requests in this thread |
| `$mention not #12` | HLS does not bring that issue up again here; for whoever opened this thread, and maintainers |
| `$mention ignore` | HLS stays quiet in this thread; for whoever opened it, and people with write access |
| `$mention pause`, `$mention resume`, `$mention resume catch up` | HLS stops in the whole repository, or goes on; for \
people with write access |

Only the first asks Claude; the others cost nothing.""",
    "status": "What became of the requests in this thread:\n\n$told",
    "retry": "There is nothing to try again here: nothing in this thread failed or waits. To ask something new, start "
    "a line with `$mention` and your question.",
    "ignore": "HLS stays quiet in this thread from now on. To hear from it again, have the label `$told` taken off.",
    "pause": "HLS is paused in this repository: it takes up nothing and spends nothing, apart from an answer that is "
    "being written just now. To go on, somebody with write access comments `$mention resume`; `$mention resume catch "
    "up` also has the next sweep answer what came meanwhile.",
    "resume": "HLS is at work in this repository. What came while it was paused stays unanswered: ask again what still "
    "matters.",
    "resume catch up": "HLS is at work in this repository. The next sweep answers what came while it was paused.",
    "superseded": "This changed nothing, because a later command counts. `$mention status` tells whether HLS is "
    "paused.",
    "no-ledger": "HLS keeps no ledger in this repository, so no comment can pause it. To stop it, set the variable "
    "`HLS_STOP` to `true` in the repository's settings.",
}
"""What replies to a command."""

FIXED_TEXTS: Mapping[str, str] = {
    **COMMAND_TEXTS,
    "cap": "The maintainers' budget for answers by Claude is used up, so there is no answer here yet. "
    "HLS will try again after $when UTC.",
    "cap-for-good": "The maintainers' budget leaves no room for an answer by Claude here. HLS will not try again on "
    "its own; comment `$mention retry` to request another try.",
    "share": "What the maintainers' budget leaves for questions like this one is used up for now, so there is no "
    "answer here yet. HLS will try again after $when UTC. Somebody with write access can have it answered before: by "
    "the comment `$mention retry`.",
    "reminder": "The question above still waits for an answer by the author of this issue; a comment below is enough.",
    "loop": "HLS stops here, because this looks like two machines answering each other. If it is not: sorry. Anybody "
    "else may ask on, and a maintainer can comment `$mention retry` to have the last question answered.",
    SENSITIVE: "This may be about a security hole that is not public yet, so please add no details here. Report it to "
    "the maintainers in private: $contact",
}

_ADDRESS = re.compile(r"https://\S+|[^\s@/]+@[^\s@/]+")


def fixed_text(name: str, **values: str) -> str:
    """The text of that name, signed. ``values``: what it has places for. Errors: ``KeyError``."""
    return f"{Template(FIXED_TEXTS[name]).substitute(values)}\n\n{SIGNATURE}"


def security_contact(configured: str, repository_url: str) -> str:
    """Where people report a security hole: ``configured``, an address or the path of a file of the repository, else the
    repository's own form.
    """
    if _ADDRESS.fullmatch(configured):
        return configured
    return (
        f"{repository_url}/blob/HEAD/{quote(configured)}" if configured else f"{repository_url}/security/advisories/new"
    )
