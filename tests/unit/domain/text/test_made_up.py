"""What was made up for an example is told from what was issued, with a near miss for each sign of it."""

from __future__ import annotations

import pytest

from hls_action.domain.text.made_up import decoded, is_placeholder, is_placeholder_bearer, is_placeholder_password


@pytest.mark.parametrize(
    "value",
    [
        "k7Qexamplem2", "AKIA7EXAMPLE", "k7placeholder", "changeme-k7Qm", "CHANGE_ME", "Change-Me-k7", "k7REDACTED-Qm",
        "replace-me-k7Q", "replace_with_k7", "your-k7Qm", "your_k7Qm", "k7-goes-here", "not-a-real-k7", "notareal-k7Q",
        "eyJzdWIiOiIxMjM0NTY3ODkw-k7",
        "k7Qm2zzzzzz",  # six times the same
        "aB1bA1aB1bA1",  # of three characters, in whatever case
        "k7Q01234567", "34567890-k7Q", "k7Qabcdefgh", "STUVWXYZk7Q", "k7QwErTyUiQ",  # eight in a row
    ],
)  # fmt: skip
def test_what_says_so_repeats_or_counts_is_made_up(value: str) -> None:
    assert is_placeholder(value)


@pytest.mark.parametrize(
    "value",
    [
        "k7Qexampm2", "change--me-k7Qm", "k7yourQm", "k7-goes-Qhere",
        "k7Qm2zzzzz", "k7QmAAAAAAAA", "k7Qm=======",  # five times; zeroes in base64; padding
        "aB12bA12aB12",  # of four characters
        "k7Q0123456m", "k7Qabcdefg", "k7Q89012345", "tuvwxyzk7Qm",  # seven in a row, or not on
    ],
)  # fmt: skip
def test_what_nearly_does_is_not(value: str) -> None:
    assert not is_placeholder(value)


@pytest.mark.parametrize(
    ("user", "password", "host"),
    [
        ("anna", "password", "acme.dev"), ("anna", "my_password", "acme.dev"), ("anna", "my%20password", "acme.dev"),
        ("anna", "Admin-Pass-2024", "acme.dev"), ("anna", "123456", "acme.dev"), ("anna", "abc", "acme.dev"),
        ("anna", "", "acme.dev"), ("anna", "open sesame", ""), ("anna", "Dummy", "acme.dev"),
        ("anna", "k7$Qm2vR9", "acme.dev"), ("anna", "<k7Qm2vR9>", "acme.dev"), ("anna", "k7Qm2@@vR9", "acme.dev"),
        ("anna", "example-k7Qm2", "acme.dev"),
        ("k7Qm2VR9", "K7qm2vr9", "acme.dev"),
        ("anna", "k7Qm2vR9", "example.com"), ("anna", "k7Qm2vR9", "CI.Example.ORG."),
        ("anna", "k7Qm2vR9", "db.invalid"),
        ("anna", "k7Qm2vR9", "myhostname"), ("anna", "k7Qm2vR9", "server"),
    ],
)  # fmt: skip
def test_a_word_for_a_password_a_slot_for_one_or_a_host_that_nobody_has(user: str, password: str, host: str) -> None:
    assert is_placeholder_password(user, password, host)


@pytest.mark.parametrize(
    ("user", "password", "host"),
    [
        ("anna", "k7Qm2vR9", "acme.dev"), ("anna", "k7Qm2vR9", ""),
        ("anna", "passwordk7Qm", "acme.dev"), ("anna", "password12345", "acme.dev"), ("anna", "1234567", "acme.dev"),
        ("anna", "abcd", "acme.dev"), ("anna", "open sesame 7", "acme.dev"), ("anna", "k7$2Qm%vR9", "acme.dev"),
        ("anna", "k7Qm2vR9", "example.com.acme.dev"), ("anna", "k7Qm2vR9", "myexample.com"),
        ("anna", "k7Qm2vR9", "servers"),
    ],
)  # fmt: skip
def test_what_may_well_be_a_password(user: str, password: str, host: str) -> None:
    assert not is_placeholder_password(user, password, host)


@pytest.mark.parametrize(
    ("value", "made_up"),
    [
        ("k7Qm2vR9xT4bN8sW", False),
        ("k7Qm2vR9xT4bN8s", True),  # too short
        ("my-access-token-of-old", True),
        ("90210-48151-62342-11", True),
        ("k7Qm2vR9xT4bN8sW-example", True),
    ],
)
def test_a_token_in_a_header_has_digits_among_letters(value: str, made_up: bool) -> None:
    assert is_placeholder_bearer(value) == made_up


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("YWJj", "abc"), ("YWI=", "ab"), ("YWI", "ab"), ("YQ", "a"), ("YQ==", "a"), ("YWI==", "ab"),
        ("YWJX", "abW"), ("w6k", "é"),
        ("YW!Jj", ""), ("YWJjZ", ""), ("/w==", ""), ("", ""),
    ],
)  # fmt: skip
def test_base64_is_decoded_padded_or_not_and_nothing_else_is(value: str, text: str) -> None:
    assert decoded(value) == text
