"""Whether a value that has the shape of a secret was made up for an example.

Documentation is full of ``ghp_xxxxxxxx``, ``AKIAIOSFODNN7EXAMPLE`` and ``https://user:password@host``, and readers need
them as they stand. What is asked here is only whether a value can have come from anything but a person's hand; how
random it looks is not.
"""

from __future__ import annotations

import base64
import binascii
import re

_SAYS_SO = re.compile(
    r"example|placeholder|change[-_]?me|redacted|replace[-_]?(?:me|with)|your[-_]|-goes-here|not-?a-?real"
    r"|eyJzdWIiOiIxMjM0NTY3ODkw",  # the token that explains tokens on jwt.io begins so: {"sub":"1234567890
    re.IGNORECASE,
)
_RUN = re.compile(r"([^A=])\1{5}")
"""Six times the same character. Not ``A``, for binary secrets in base64 hold zeroes, and not padding."""

_SEQUENCES = "01234567890 abcdefghijklmnopqrstuvwxyz qwertyuiop"
_SEQUENCE = 8
"""So many neighbours in a row are no chance: of random tokens, one in a thousand million has them."""

_WORD = (
    r"(?:pass(?:wd|word|wort|phrase)?|pwd?|token|secret|key|admin|root|user(?:name)?|guest|test(?:ing)?|foo|bar|baz)"
)
_PLAIN_PASSWORD = re.compile(
    rf"(?:my|your|the|some|an?|db|new|old|api|x|p)?[-_]?{_WORD}(?:[-_]?{_WORD})?[-_]?\d{{0,4}}|\d{{0,6}}|[a-z]{{0,3}}"
    r"|dummy|sample|demo|default|hidden|password_?here|x-oauth-basic|postgres(?:ql)?|mysql|maria(?:db)?|redis|rabbitmq|mongo(?:db)?"
    r"|gX1fBat3bV|7Fjfp0ZBr1KtDRbnfVdmIw|open sesame",  # the examples of RFC 6749 and RFC 7617
    re.IGNORECASE,
)
_TEMPLATE = re.compile(r"\$[A-Za-z_{(]|[{}\[\]<>]|%[sd(]|%[A-Z_]{3,}%|\*\*|\.\.\.|\u2026|@@")
_RESERVED_HOST = re.compile(
    r"(?:.*\.)?(?:example(?:\.(?:com|org|net|edu))?|test|invalid)|(?:my)?host(?:name)?|(?:my)?server"
)
"""Names that nobody can own (https://www.rfc-editor.org/rfc/rfc6761), and words that stand for a name."""


def is_placeholder(value: str) -> bool:
    """Whether ``value``, which has the shape of a token, says that it is none, or repeats or counts."""
    if _SAYS_SO.search(value) or _RUN.search(value) or len(set(value.casefold())) <= 3:
        return True
    lower = value.lower()
    return any(lower[i : i + _SEQUENCE] in _SEQUENCES for i in range(len(lower) - _SEQUENCE + 1))


def is_placeholder_password(user: str, password: str, host: str = "") -> bool:
    """Whether what stands in the password's place of an address or a header is a word for one, or a template's slot."""
    if (
        _PLAIN_PASSWORD.fullmatch(password.replace("%20", "_"))
        or _TEMPLATE.search(password)
        or is_placeholder(password)
    ):
        return True
    return password.casefold() == user.casefold() or bool(_RESERVED_HOST.fullmatch(host.lower().rstrip(".")))


def is_placeholder_bearer(value: str) -> bool:
    """Whether a header's credentials are words (``my-access-token``) and no token: those have digits among letters."""
    has_both = re.search(r"\d", value) and re.search(r"[A-Za-z]", value)
    return len(value) < 16 or not has_both or is_placeholder(value)


def decoded(value: str) -> str:
    """``value`` decoded as base64 of UTF-8, padded or not, or ``""`` if it is something else."""
    try:
        whole = value.rstrip("=")
        return base64.b64decode(whole + "=" * (-len(whole) % 4), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return ""
