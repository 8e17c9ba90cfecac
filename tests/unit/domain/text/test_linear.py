"""Four times the text is about four times the work, whatever the text repeats: counted in calls, not in seconds.

What a regular expression does within one call is out of its sight.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hls_action.domain.text import incoming, outgoing
from hls_action.domain.text.request import spoken
from tests.unit.counting import calls_made

UNITS = [
    "!", "@", "@a", "[", "]", "![", "[a](b", "<", "<a", "<a ", "<b>", "</b>", "<details>", "<details>\n\n", "<!--",
    "<!-- a -->", "<!-- a\n\n", "`", "`a", "``` ", "```\n", "~~~\n", "\n", "\n\n", " \n", "> ", "> a\n", "- ", "- a\n",
    "1. a\n", "| ", "a|b\n-|-\n", "|a|b|\n", "&", "&amp;", "\\", "\\@", "*", "**a ", "a_", "~~a~", "fixes ",
    "fixes #1 ", "fixes\n", "#1", "a#1", "a/b#1 ", "https://a.b/", "https://github.com/a/b/issues/1 ",
    "https://github.com/", "www.a.b/@c ", "/close\n", "Duplicate of ", "[^1]: ", "[^1]: a\n", "[^1]", "[^a]",
    "[a]: b\n",
    "[a]: b 'c\n", "[a][a] ", "\u200b", "\u200d", "a\u200d", "\U000e0041", "\r", "\r\n", "x\r\n", "    a\n", "\t",
    "<code>", "<code>a</code>", "[a]", "![a](b) ", "[![a](b)](c) ", "![![a](b)](c) ", "<?", "<?a?>", "<![CDATA[",
    "<!A ",
    "a@b.c ", "(", "((a", "a`b`c", "<div>\n\n", "<div>\nx\n\n", "=\n", "a\n=\n", "_", "__a", "$", "'", '"', "<a href='",
    "é", "😀", "> [a]: b\n", "- [ ] ", "- [ ] a\n", "- [ ] [a]: b\n", "> a\nb\n", "<T x=", "<b title='", "] [^1]: a ",
    "]]>", "-->", "--!>", "<x-y>", "<x a='b'>", "a [^1]\n\n[^1]: b\n\n", "```a b\n```\n", "[a](b 'c') ",
]  # fmt: skip
SIZE = 500
"""Characters of the smaller text; the other is four times as long."""
MOST = 6.5


@pytest.mark.parametrize("clean", [incoming, outgoing])
@pytest.mark.parametrize("unit", UNITS)
def test_four_times_the_text_is_about_four_times_the_work(clean: Callable[[str], str], unit: str) -> None:
    small, large = (unit * (size // len(unit)) for size in (SIZE, 4 * SIZE))
    clean(small)  # what is built once is no part of it
    assert calls_made(lambda: clean(large)) <= MOST * calls_made(lambda: clean(small)) + 500


@pytest.mark.parametrize("unit", ["x\n", "`a`\n", "`a\nb` ", "a <b>\n", "> a\n", "- a\n", "<div>\nx\n", "/hls a\n"])
def test_so_it_is_for_what_a_text_asks(unit: str) -> None:
    small, large = (unit * (size // len(unit)) + "\n\n/hls why?" for size in (SIZE, 4 * SIZE))
    spoken(small, "/hls")
    assert calls_made(lambda: spoken(large, "/hls")) <= MOST * calls_made(lambda: spoken(small, "/hls")) + 500
