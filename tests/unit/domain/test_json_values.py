"""Single values from outside: what is taken, up to which bounds, and what is said of the rest."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest

from hls_action.domain.json_values import (
    count,
    entries,
    flag,
    is_name,
    listed,
    parsed,
    stamp,
    text,
    usd,
    when,
    whole_number,
)


@pytest.mark.parametrize(
    ("document", "value"),
    [
        ('{"a": [1, 2.5, null, true, {"a": "é"}]}', {"a": [1, 2.5, None, True, {"a": "é"}]}),
        ('{"a": 1e300, "b": ""}', {"a": 1e300, "b": ""}),
        ('"\\u00e9 \\ud83d\\ude00"', "é 😀"),
        ('["\\\\ud83d"]', ["\\ud83d"]),
    ],
)
def test_what_is_json(document: str, value: object) -> None:
    assert parsed(document) == value


@pytest.mark.parametrize(
    ("document", "words"),
    [
        pytest.param('{"a": {"b": 1, "b": 1}}', "a key is defined twice in one object", id="a key that stands twice"),
        pytest.param("[1e999]", "a number is too large", id="a number that is none of Python's"),
        pytest.param("[NaN]", "NaN is not valid JSON", id="no number"),
        pytest.param("[-Infinity]", "-Infinity is not valid JSON", id="an infinite one"),
    ],
)
def test_what_is_no_json(document: str, words: str) -> None:
    with pytest.raises(ValueError, match=f"^{words}$"):
        parsed(document)


@pytest.mark.parametrize("document", ['["\\ud83d"]', '{"\\ude00": 1}', "", "{"])
def test_half_a_character_and_half_a_document_are_errors(document: str) -> None:
    with pytest.raises(ValueError, match=r"surrogates not allowed|line 1 column"):
        parsed(document)


def test_a_time_is_written_in_utc_to_the_millisecond() -> None:
    east = timezone(timedelta(hours=2))
    assert stamp(datetime(2026, 11, 2, 1, 30, 5, 678_999, east)) == "2026-11-01T23:30:05.678Z"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-11-02T12:00:00Z", "2026-11-02T12:00:00+00:00"),
        ("2026-11-02T12:00:00.678+02:00", "2026-11-02T10:00:00.678000+00:00"),
        ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00+00:00"),
        ("2199-12-31T23:59:59Z", "2199-12-31T23:59:59+00:00"),
        ("2200-01-01T00:30:00+01:00", "2199-12-31T23:30:00+00:00"),
    ],
)
def test_a_time_is_read_as_utc(written: str, read: str) -> None:
    assert when(written).isoformat() == read


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("2026-11-02T12:00:00", "'2026-11-02T12:00:00' has no time zone"),
        ("yesterday", "'yesterday' is not a time like 2026-11-02T12:00:00Z"),
        ("y" * 100, f"'{'y' * 80}' is not a time like 2026-11-02T12:00:00Z"),
        ("1970-01-01T00:30:00+01:00", "'1970-01-01T00:30:00+01:00' is too far away"),
        ("2200-01-01T00:00:00Z", "'2200-01-01T00:00:00Z' is too far away"),
    ],
)
def test_what_is_said_of_a_time_that_is_not_taken(written: str, words: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(words)}$"):
        when(written)


LONG_AMOUNT = "0." + "0" * 57 + "1"


@pytest.mark.parametrize("written", ["0", "0.0012", "1000000000", "1E-100", "0E100", LONG_AMOUNT])
def test_an_amount_is_exact(written: str) -> None:
    assert str(usd(written)) == str(Decimal(written))


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        pytest.param("-0.01", "-0.01", id="less than nothing"),
        pytest.param("1000000000.01", "1000000000.01", id="too much"),
        pytest.param("1E-101", "1E-101", id="too exact"),
        pytest.param("0E101", "0E101", id="nothing, and too exact"),
        pytest.param("NaN", "NaN", id="no number"),
        pytest.param("much", "much", id="a word"),
        pytest.param("Infinity", "Infinity", id="without an end"),
        pytest.param("\uff11", "\uff11", id="digits of another script"),
        pytest.param(f"{LONG_AMOUNT}0", LONG_AMOUNT, id="too long"),
    ],
)
def test_what_is_no_amount(written: str, shown: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(repr(shown))} is not an amount$"):
        usd(written)


def test_whole_numbers_have_bounds() -> None:
    assert [whole_number(0), whole_number(9223372036854775807), whole_number(5, 5), count(0), count(1_000_000_000)] == [
        *(0, 9223372036854775807, 5, 0, 1_000_000_000)
    ]


@pytest.mark.parametrize(
    ("read", "value"),
    [(whole_number, -1), (whole_number, 9223372036854775808), (count, -1), (count, 1_000_000_001)],
)
def test_beyond_them_there_are_none(read: Callable[[object], int], value: int) -> None:
    with pytest.raises(ValueError, match=r"^a number is too small or too large$"):
        read(value)


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (text, ""),
        (text, "a"),
        (flag, True),
        (flag, False),
        (entries, {}),
        (entries, {"a": 1}),
        (listed, []),
        (listed, ["b", 7]),
    ],
)
def test_what_is_of_its_kind_is_taken_as_it_is(read: Callable[[object], object], value: object) -> None:
    assert read(value) is value


@pytest.mark.parametrize(
    ("read", "value", "words"),
    [
        (whole_number, True, "'True' is not a whole number"),
        (whole_number, 7.0, "'7.0' is not a whole number"),
        (whole_number, None, "'None' is not a whole number"),
        (text, None, "'None' is not a string"),
        (flag, 1, "'1' is neither true nor false"),
        (entries, [], "'[]' is not an object"),
        (listed, "abc", "'abc' is not a list"),
        (listed, {"a": "b"}, "\"{'a': 'b'}\" is not a list"),
    ],
)
def test_what_is_said_of_another_kind(read: Callable[[object], object], value: object, words: str) -> None:
    with pytest.raises(TypeError, match=f"^{re.escape(words)}$"):
        read(value)


@pytest.mark.parametrize("read", [text, flag, entries, listed, lambda value: whole_number(str(value))])
def test_no_more_of_it_is_shown_than_fits_into_a_line(read: Callable[[object], object]) -> None:
    with pytest.raises(TypeError, match=f"^'{'7' * 80}' is n"):
        read(int("7" * 200))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("claude-sonnet-5-5", True),
        ("eu.anthropic/claude_x:0", True),
        ("claude-x@20260101", True),
        ("7", True),
        ("a" * 100, True),
        ("a" * 101, False),
        ("", False),
        ("-a", False),
        ("a@team", False),
        ("a b", False),
        ("a\n", False),
        (7, False),
        (None, False),
    ],
)
def test_what_a_model_may_be_called(name: object, expected: bool) -> None:
    assert is_name(name) is expected
