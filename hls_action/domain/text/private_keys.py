"""Private keys as they are pasted: in PEM or OpenPGP armour, whole or cut off, quoted, in JSON, or in base64."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator

from hls_action.domain.text.made_up import is_placeholder

Span = tuple[int, int]

_DASHES = "-----"
_BEGIN = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}?PRIVATE KEY(?: BLOCK)?-----")
_END = re.compile(r"-----END[A-Z0-9 ]{0,60}-{0,5}")
_WORD = re.compile(r"[A-Za-z0-9+/=]{16,}+")
_LINES = re.compile(
    r"(?>(?:\\[nrt]"  # a line break within a string
    r"|[\s>|#*\"',;\\]"  # what quotes, comments and code put around lines
    r"|(?:Proc-Type|DEK-Info|Version|Comment|Hash|Charset): [^\n\\]{0,100}"
    r"|[A-Za-z0-9+/=]{16,}+"
    r")*)"
    r"(?:[A-Za-z]*+[0-9+/=][A-Za-z0-9+/=]*+)?"  # a last line, cut off: no word of prose, for it has a digit or sign
)
_TRAILING = " \t\r\n>|#*\"',;"

_LEAST = 40
"""Characters of base64: the shortest keys in use (Ed25519) have 64, and examples with an ellipsis far fewer."""

_BASE64 = re.compile(r"[A-Za-z0-9\s>|#*\"',;\\+]{100,}+")
"""Lines of it, with what is put around them. Armour has no "/" or "+" in base64, so that a "+" belongs to a diff."""
_BASE64_WORD = re.compile(r"\\[nrt]|([A-Za-z0-9]+)")
_BASE64_END = re.compile(r"[A-Za-z0-9]{0,4}={0,2}(?![A-Za-z0-9])")
_ENCODED = {0: "UFJJVkFURSBLRV", 2: "BSSVZBVEUgS0VZ", 3: "QUklWQVRFIEtFW"}
"""``PRIVATE KEY`` in base64, by where in a group of four it begins; one of these is there, whatever stands before."""


def private_keys(text: str) -> Iterator[Span]:
    """Where ``text`` has a private key, from its first dash to its last; without an END line, to the end of its lines.

    What only names the lines of a key, or has an ellipsis between them, is none.
    """
    yield from _armoured(text)
    if "LS0t" in text:  # three dashes, which each encoding of five has
        for run in _BASE64.finditer(text):
            yield from _encoded(text, *run.span())


def _encoded(text: str, start: int, end: int) -> Iterator[Span]:
    """Keys in what may be base64 over several lines. What it encodes besides, such as a certificate, stays."""
    words = [word.span(1) for word in _BASE64_WORD.finditer(text, start, end)]
    joined = "".join(text[slice(*word)] for word in words)
    begins = ((key.start() - first) % 4 for first, each in _ENCODED.items() for key in re.finditer(each, joined))
    places = [place for word in words for place in range(*word)]
    for offset in sorted(set(begins)):  # of a group of four: four readings at most
        whole = len(joined) - (len(joined) - offset) % 4
        armour = base64.b64decode(joined[offset:whole]).decode("latin-1")
        for begin, stop in _armoured(armour):
            last = places[offset + (stop * 4 - 1) // 3] + 1
            closing = _BASE64_END.match(text, last)
            yield places[offset + begin * 4 // 3], closing.end() if closing else last


def _armoured(text: str) -> Iterator[Span]:
    if "PRIVATE KEY" not in text:
        return
    for begin in _BEGIN.finditer(text):
        end = _end_of_key(text, begin.end())
        if _is_key(text[begin.end() : end]):
            yield begin.start(), end


def _end_of_key(text: str, start: int) -> int:
    """Looks no further than the next dashes, so that a thousand first lines are no thousand searches of the whole."""
    dashes = text.find(_DASHES, start)
    closing = _END.match(text, dashes) if dashes >= 0 else None
    if closing and _is_mostly_key(text[start:dashes]):
        return closing.end()
    lines = _LINES.match(text, start, dashes if dashes >= 0 else len(text))
    return start + len(lines[0].rstrip(_TRAILING)) if lines else start


def _is_mostly_key(body: str) -> bool:
    """Whether what stands between two lines of dashes is a key, and no prose that mentions both."""
    return 2 * sum(map(len, _WORD.findall(body))) >= len("".join(body.split()))


def _is_key(body: str) -> bool:
    words = "".join(_WORD.findall(body))
    return len(words) >= _LEAST and not is_placeholder(words[:_LEAST])
