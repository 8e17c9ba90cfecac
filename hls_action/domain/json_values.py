"""Single values as JSON from outside holds them, and so the ledger's documents: checked on the way in, and bounded, so
that nothing that is done with them later can overflow.

Every reader: errors are ``ValueError``, ``TypeError``, ``OverflowError``.
"""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import cast

YEARS = range(1970, 2200)
"""Of any time: a date of these can be moved by weeks, and written down in any time zone."""
HIGHEST_ID = 2**63 - 1
"""GitHub's ids are databases' keys."""
MAX_COUNT = 10**9
"""Of whatever is counted: tokens, tries, lines."""
MAX_USD = Decimal(10) ** 9
LONGEST_AMOUNT = 60
"""Characters of an amount; exact ones take fewer than 40."""
HIGHEST_EXPONENT = 100
"""Of an amount, up or down: ``1E-999999999`` is none that arithmetic should meet, nor is ``0E999999999``."""

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._:/-]|@(?=[0-9])){0,99}")


def parsed(document: str) -> object:
    """JSON and nothing else: Python's own reader takes ``NaN``, too, and of a key that stands twice the last value.

    Errors: ``ValueError``; ``RecursionError`` for what is nested too deeply.
    """
    data = json.loads(document, object_pairs_hook=_object, parse_float=_finite, parse_constant=_no_constant)
    if "\\u" in document:  # half a character can be written so, and not be written again
        json.dumps(data, ensure_ascii=False).encode()
    return data


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key is defined twice in one object")
    return found


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("a number is too large")
    return number


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not valid JSON")


def stamp(when: datetime) -> str:
    """A time, UTC, to the millisecond."""
    return when.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def when(value: object) -> datetime:
    """What `stamp` wrote, or any other time by ISO 8601 that names its zone."""
    written = text(value)
    try:
        found = datetime.fromisoformat(written)
    except ValueError:
        raise ValueError(f"{written[:80]!r} is not a time like 2026-11-02T12:00:00Z") from None
    if found.tzinfo is None:
        raise ValueError(f"{value!r} has no time zone")
    found = found.astimezone(UTC)
    if found.year not in YEARS:
        raise ValueError(f"{value!r} is too far away")
    return found


def usd(value: object) -> Decimal:
    """An amount of money, exact."""
    written = text(value)
    if len(written) > LONGEST_AMOUNT or not written.isascii():
        raise ValueError(f"{written[:LONGEST_AMOUNT]!r} is not an amount")
    try:
        amount = Decimal(written)
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or not 0 <= amount <= MAX_USD or abs(_exponent(amount)) > HIGHEST_EXPONENT:
        raise ValueError(f"{written!r} is not an amount")
    return amount


def _exponent(amount: Decimal) -> int:
    return cast(int, amount.as_tuple().exponent)  # it is finite


def whole_number(value: object, highest: int = HIGHEST_ID) -> int:
    """A whole number from 0 on; truth values are none."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{str(value)[:80]!r} is not a whole number")
    if not 0 <= value <= highest:
        raise ValueError("a number is too small or too large")
    return value


def count(value: object) -> int:
    """How many there are of something."""
    return whole_number(value, MAX_COUNT)


def text(value: object) -> str:
    """A text."""
    if not isinstance(value, str):
        raise TypeError(f"{str(value)[:80]!r} is not a string")
    return value


def flag(value: object) -> bool:
    """A truth value."""
    if not isinstance(value, bool):
        raise TypeError(f"{str(value)[:80]!r} is neither true nor false")
    return value


def entries(value: object) -> dict[str, object]:
    """An object, whatever is in it."""
    if not isinstance(value, dict):
        raise TypeError(f"{str(value)[:80]!r} is not an object")
    return value


def is_name(value: object) -> bool:
    """Whether it is what models are called: nothing that could be read as anything else, wherever it is shown."""
    return isinstance(value, str) and _NAME.fullmatch(value) is not None


def listed(value: object) -> list[object]:
    """A list, whatever is in it."""
    if not isinstance(value, list):
        raise TypeError(f"{str(value)[:80]!r} is not a list")
    return value
