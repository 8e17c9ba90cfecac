"""Documents that no person would write: the marks of Markdown and HTML in any order, in any containers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import count
from random import Random

MARKUP = (
    "![", "](u)", "[", "]", "]: /u", "<pre>", "</pre>", "<div>", "</div>", "<b>", "</b>", "<details>", "</details>",
    "<summary>", "<code>", "</code>", "<T>", "</x>", "<a href='", "<?", "?>", "<![CDATA[", "]]>", "<!-- ", "-->", "<!X",
    "```", "```\n", "~~~", "````", "``` py\n", "`", "``", "> ", "- ", "* ", "1. ", "1) ", "    ", "\t", "\n", "\n\n",
    "\r\n", "\r", "\u200b", "\u200d", "\u202e", "\u00a0", "\u2028", "\U000e0041", "*", "_", "**", "~~", "\\", "|",
    "|-|-|\n", "| a | b |\n", "&#64;", "&commat;", "&lt;", "&nbsp;", "&#10;", "text", " ", "é", "#", "1", "!", "@", "/",
    "<", ">", "[^1]", "[^1]: ", "# ", "=\n", "---\n", "https://a.b/c@d", "www.a.b/@c ", "'", '"', "$", "- [ ] ", ":",
    "0123abc", "List<String>",
)  # fmt: skip
"""What both ways of cleaning must stand."""

ACTING = (
    "@octocat", "@org/team", "fixes #1", "fixes GH-1", "Closes: octo/repo#2", "octo/repo#3", "octo/repo@0123abcdef",
    "resolve https://x.test/1", "https://github.com/o/r/issues/7", "fix", "Duplicate of #12", "/label bug",
    "<img src=x>",
)  # fmt: skip
"""What does something on GitHub."""

HIDING = (
    "W", " W ", "W W\n", "<!-- W", "<!--W-->", "--!>", "<!-->", "](u \"W\")", "](u \"", "')", '")', "[r]: /u 'W'\n",
    "[r]", "[r][]", "> [r]: # (W)\n", "[//]: # (W)\n", "<img src=x alt='W' title=\"W\">", "<div title='W'>",
    "<x-y a='W'>", "<td abbr=W>", "<!DOCTYPE W>", "<?W", "<![CDATA[W", "<script>", "<style>", "</style>", "<title>",
    "</title>", "``` py W\n", "~~~ W\n", "``W`W``", "| W | W |\n", "| W | W | W |\n", "[^1]: W", "[^2]: W", "[^2]",
    "[^a b]: W\n", "![W](u 'W')", "    [s]: /u (W)\n",
)  # fmt: skip
"""Places in which a word (``W``) can hide, or seem to."""

CONTAINERS = ("> ", "- ", "1. ", "    ")
LONGEST = 14
"""Pieces of a document."""


def document(pieces: Iterable[str], containers: Iterable[str] = ()) -> str:
    """The pieces one after the other, inside of containers; each ``W`` is a word of its own, as ``w7q``."""
    numbers = count(1)
    text = re.sub("W", lambda found: f"w{next(numbers)}q", "".join(pieces))
    for container in containers:
        text = contained(text, container)
    return text


def contained(text: str, container: str) -> str:
    """``text`` within a quotation, an item of a list, or the indentation of code."""
    following = container if container in ("> ", "    ") else " " * len(container)
    return re.sub(r"^(?=[^\n])", following, text, flags=re.MULTILINE).replace(following, container, 1)


def outgoing_document(random: Random) -> str:
    return _document(random, MARKUP + ACTING)


def incoming_document(random: Random) -> str:
    return _document(random, MARKUP + HIDING + HIDING)


def _document(random: Random, pieces: tuple[str, ...]) -> str:
    written = random.choices(pieces, k=random.randint(1, LONGEST))
    return document(written, random.choices(CONTAINERS, k=random.choice((0, 0, 0, 1, 2))))
