"""Tags that set untrusted text apart, and that the text between them cannot close. The text itself stays as it is."""

from __future__ import annotations

import re
from itertools import count

from hls_action.domain.text.characters import spell_out

MAX_VALUE = 300
"""Characters of an attribute's value; no name of an account or a branch is longer, and few paths are."""

_BETWEEN = r"[^\w<>]*"  # white space, dashes, and whatever joins or accents
_CLOSING = re.compile(rf"<({_BETWEEN})t{_BETWEEN}e{_BETWEEN}x{_BETWEEN}t{_BETWEEN}([0-9]+)", re.IGNORECASE)
"""Wider than what an XML parser takes for a closing tag, for it is a language model that reads it."""

_LOOK_ALIKE = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)} | dict.fromkeys((0x2044, 0x2215), ord("/"))
"""Full-width ASCII, and other slashes. (To normalise all of Unicode can take the square of a text's length.)"""

_UNFIT = re.compile('["<>\x00-\x1f\x7f\x85\u2028\u2029]')
"""What would end a value, its tag or its line."""


def enclosed(text: str, **attributes: str) -> str:
    """``text`` on lines of its own between ``<text-N …>`` and ``</text-N>``; empty attributes are left out."""
    number = free_number(text)
    described = "".join(f' {name}="{attribute(value)}"' for name, value in attributes.items() if value)
    return f"<text-{number}{described}>\n{text}\n</text-{number}>"


def free_number(text: str) -> int:
    """The smallest number whose closing tag, in any spelling that could be taken for it, is not in ``text``."""
    found = _CLOSING.findall(text.translate(_LOOK_ALIKE))
    taken = {digits.lstrip("0") or "0" for between, digits in found if "/" in between}
    return next(number for number in count() if str(number) not in taken)


def attribute(value: str) -> str:
    """``value`` on one line without quotes and angle brackets: what cannot stand there is spelt, as in ``[U+000A]``.

    Of a value longer than `MAX_VALUE` the beginning and the end are shown.
    """
    spelt = spell_out(_UNFIT.sub(lambda found: f"[U+{ord(found[0]):04X}]", value))
    if len(spelt) <= MAX_VALUE:
        return spelt
    head, tail = MAX_VALUE // 3, MAX_VALUE // 2
    return f"{spelt[:head]}[... {len(spelt) - head - tail} characters cut ...]{spelt[-tail:]}"
