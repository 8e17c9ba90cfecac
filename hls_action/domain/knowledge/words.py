"""Cut texts and code into words: whole identifiers, and the words that identifiers are made of."""

from __future__ import annotations

import re

_KEPT = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_" + bytes(range(128, 256))
_BLANKED = bytes(byte if byte in _KEPT else 32 for byte in range(256))
_PART = re.compile(rb"[A-Z]+(?![a-z])|[A-Z]?[a-z\x80-\xff]+|[0-9]+")
_SHORTEST = 2
_LONGEST = 80
"""Bytes of an identifier: a longer one was not named by a person."""


def identifiers(data: bytes) -> list[bytes]:
    """The identifiers and words of prose in ``data``, in order, as they are written."""
    return data.translate(_BLANKED).split()


def terms(identifier: bytes) -> tuple[bytes, ...]:
    """What ``identifier`` counts as: itself and the words it is made of, in lower case and the singular, each once.

    ``parseHTTPHeaders2`` is ``parsehttpheaders2``, ``parse``, ``http`` and ``header``.
    """
    if len(identifier) > _LONGEST:
        return ()
    simple = identifier.isalpha() and identifier[1:].islower()
    parts = (identifier,) if simple else (identifier, *_PART.findall(identifier))
    found = dict.fromkeys(_singular(part.lower()) for part in parts if len(part) >= _SHORTEST)
    return tuple(term for term in found if not term.isdigit())


def _singular(word: bytes) -> bytes:
    if len(word) < 4 or not word.endswith(b"s") or word.endswith((b"ss", b"us", b"is")):
        return word
    return word[:-3] + b"y" if word.endswith(b"ies") and len(word) > 4 else word[:-1]
