"""What identifiers and texts are made of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hls_action.domain.knowledge.words import identifiers, terms


@pytest.mark.parametrize(
    ("identifier", "made_of"),
    [
        ("word", ["word"]),
        ("Word", ["word"]),
        ("camelCase", ["camelcase", "camel", "case"]),
        ("snake_case", ["snake_case", "snake", "case"]),
        ("__init__", ["__init__", "init"]),
        ("parseHTTPHeaders2", ["parsehttpheaders2", "parse", "http", "header"]),
        ("HTTPServer", ["httpserver", "http", "server"]),
        ("utf8", ["utf8", "utf"]),
        ("MAX_SIZE", ["max_size", "max", "size"]),
        ("files", ["file"]),
        ("queries", ["query"]),
        ("class", ["class"]),
        ("status", ["status"]),
        ("analysis", ["analysis"]),
        ("ties", ["tie"]),
        ("its", ["its"]),
        ("über", ["über"]),
        ("_", []),
        ("x", []),
        ("2026", []),
        ("a" * 80, ["a" * 80]),
        ("a" * 81, []),
    ],
)
def test_what_an_identifier_is_made_of(identifier: str, made_of: list[str]) -> None:
    assert [term.decode() for term in terms(identifier.encode())] == made_of


def test_each_term_comes_once() -> None:
    assert terms(b"file_file") == (b"file_file", b"file")


def test_a_text_is_cut_where_no_identifier_can_go_on() -> None:
    assert identifiers("a.b-c (d_1) 'é' $f\0g\n".encode()) == [b"a", b"b", b"c", b"d_1", "é".encode(), b"f", b"g"]


@given(st.binary(max_size=200))
def test_any_bytes_have_terms_in_lower_case(data: bytes) -> None:
    found = [term for identifier in identifiers(data) for term in terms(identifier)]
    assert all(term == term.lower() and len(term) > 1 for term in found)
