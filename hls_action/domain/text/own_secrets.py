"""The secrets of this very job, found in a text however they are spelt.

A text's author, or Claude at an author's wish, may write a secret so that no plain search finds it: in base64, in hex,
with a space after every letter. So both sides are brought to one form: escapes are undone, and what may stand between
the parts of a broken line is left out, of the text as of the secret.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Collection, Iterator
from functools import lru_cache

Span = tuple[int, int]

SHORTEST = 12
"""Characters. What is shorter could be a word that people use."""

_BETWEEN = " \t\r\n\f\v|>\"'`\\,;:"
_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2}|\\[nrtbf\\/]")
_UNESCAPED = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "\\": "\\", "/": "/"}


@lru_cache(maxsize=8)
def own_secrets(values: frozenset[str]) -> OwnSecrets:
    """The searcher for these values, made once for all texts of a run."""
    return OwnSecrets(values)


class OwnSecrets:
    """Finds some secrets in texts; ``values`` shorter than ``SHORTEST`` are left out."""

    def __init__(self, values: Collection[str]) -> None:
        long_enough = sorted({value.strip() for value in values if len(value.strip()) >= SHORTEST})
        forms = {form for value in long_enough for form in _forms(value)}
        self._forms = tuple(sorted(form for form in forms if len(form) >= SHORTEST))
        self._hex = tuple(_bytes(value).hex() for value in long_enough)
        self._plain = tuple(long_enough)  # as it is, whatever it is made of

    def spans(self, text: str) -> Iterator[Span]:
        """Where ``text`` has one of the secrets: (start, end) each, in no order; they may overlap."""
        for value in self._plain:
            for start in _places(text, value):
                yield start, start + len(value)
        yield from self._spans_in(text, None)
        if "%" in text or "\\" in text:
            decoded = _ESCAPE.sub(_unescaped, text)
            if decoded != text:
                yield from self._spans_in(decoded, text)

    def _spans_in(self, text: str, original: str | None) -> Iterator[Span]:
        """Matches in ``text``, as places in what it was decoded from."""
        found = list(self._places_in(_joined(text)))
        if not found:
            return
        kept = [i for i, c in enumerate(text) if c not in _BETWEEN]
        edges = range(len(text) + 1) if original is None else _edges(original)
        for start, end in found:
            yield edges[kept[start]], edges[kept[end - 1] + 1]

    def _places_in(self, joined: str) -> Iterator[Span]:
        for form in self._forms:
            for start in _places(joined, form):
                yield start, start + len(form)
        lower = _ascii_lower(joined)
        for form in self._hex:
            for start in _places(lower, form):
                yield start, start + len(form)


def _forms(value: str) -> Iterator[str]:
    """What to look for once a text is joined: the value itself, as its bytes are read, and in base64."""
    for spelt in (value, value.replace(" ", "+")):  # as a form encodes it
        yield _joined(spelt)
        yield _joined(_bytes(spelt).decode("latin-1"))  # as its escapes in an address are undone here
    yield _joined(_code_units(value))  # and as those of JSON are
    for offset in range(3):
        for alphabet in (None, b"-_"):
            yield _base64_core(_bytes(value), offset, alphabet)


def _base64_core(secret: bytes, offset: int, alphabet: bytes | None) -> str:
    """The characters of base64 that depend on ``secret`` alone, if it begins ``offset`` bytes into a group of three."""
    encoded = base64.b64encode(bytes(offset) + secret, alphabet).decode()
    bits_before, bits = 8 * offset, 8 * (offset + len(secret))
    return encoded[-(-bits_before // 6) : bits // 6]


def _joined(text: str) -> str:
    """``text`` without what may stand between the parts of a secret."""
    return _bytes(text).translate(None, _BETWEEN.encode()).decode("utf-8", "surrogatepass")


def _ascii_lower(text: str) -> str:
    """In lower case, and as long as before: some letters of other scripts become two."""
    return _bytes(text).lower().decode("utf-8", "surrogatepass")


def _bytes(text: str) -> bytes:
    """In UTF-8, whatever it holds: a variable of the environment may be no valid text."""
    return text.encode("utf-8", "surrogatepass")


def _code_units(text: str) -> str:
    """With two surrogates in place of each character that has more than four hexadecimal digits."""
    units = text.encode("utf-16-be", "surrogatepass")
    return "".join(chr(high << 8 | low) for high, low in zip(units[::2], units[1::2], strict=True))


def _unescaped(escape: re.Match[str]) -> str:
    written = escape[0]
    if written[0] == "%":
        return chr(int(written[1:], 16))
    letter, digits = written[1], written[2:]
    return _UNESCAPED.get(letter) or chr(int(digits, 16))


def _edges(original: str) -> list[int]:
    """Where each character of the decoded text begins in ``original``, and where the last one ends."""
    edges: list[int] = []
    done = 0
    for escape in _ESCAPE.finditer(original):
        edges.extend(range(done, escape.start() + 1))
        done = escape.end()
    edges.extend(range(done, len(original) + 1))
    return edges


def _places(text: str, wanted: str) -> Iterator[int]:
    start = text.find(wanted)
    while start >= 0:
        yield start
        start = text.find(wanted, start + len(wanted))
