"""Paths chosen by patterns, in the words of ``.gitignore``.

``*`` and ``?`` stand for anything but a slash, ``**`` for any number of folders. A pattern without a slash fits in
every folder; one that fits a folder fits all that is in it; ``!`` before one takes back what an earlier one chose.
https://git-scm.com/docs/gitignore#_pattern_format
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

_PART = re.compile(
    r"(?P<folders>\*\*/)|(?P<all>\*\*)|(?P<some>\*)|(?P<one>\?)|(?P<set>\[[!^]?\]?[^\]/]*\])|(?P<text>.)", re.DOTALL
)


def chooses(patterns: Iterable[str]) -> Callable[[str], bool]:
    """Whether a path, with slashes and without one at its beginning, is chosen: the last pattern that fits decides."""
    rules = [(not pattern.startswith("!"), _compiled(pattern.removeprefix("!"))) for pattern in patterns if pattern]

    def chosen(path: str) -> bool:
        return next((chosen for chosen, rule in reversed(rules) if rule.match(path)), False)

    return chosen


def _compiled(pattern: str) -> re.Pattern[str]:
    everywhere = "/" not in pattern.rstrip("/")
    translated = "".join(map(_translated, _PART.finditer(pattern.strip("/"))))
    below = "/.+" if pattern.endswith("/") else "(?:/.+)?"
    return re.compile(f"{'(?:.*/)?' if everywhere else ''}{translated}{below}\\Z", re.DOTALL)


def _translated(part: re.Match[str]) -> str:
    match part.lastgroup:
        case "folders":
            return "(?:.*/)?"
        case "all":
            return ".*"
        case "some":
            return "[^/]*"
        case "one":
            return "[^/]"
        case "set":
            inner = part[0][1:-1].replace("\\", "\\\\").replace("[", "\\[")
            return f"(?!/)[{'^' + inner[1:] if inner.startswith(('!', '^')) else inner}]"
        case _:
            return re.escape(part[0])
