"""Where a text has a secret of the job, to the character. That it leaves a text, whatever it is: test_secrets."""

from __future__ import annotations

import pytest

from hls_action.domain.text.own_secrets import OwnSecrets

SECRET = "k7Qx é\U0001f600 m2-p?>vRz"


def taken(text: str, *secrets: str) -> set[str]:
    """What of ``text`` is, or spells, one of some secrets."""
    return {text[start:end] for start, end in OwnSecrets(secrets).spans(text)}


@pytest.mark.parametrize(
    ("text", "spelt"),
    [
        pytest.param(f"a{SECRET}b", SECRET, id="as it is"),
        pytest.param("k7Q\r\n  x é\U0001f600 m|2-p?vRz", "k7Q\r\n  x é\U0001f600 m|2-p?vRz", id="broken"),
        pytest.param(
            r"it says \"k7Qx \u00e9\ud83d\ude00 m2-p?>vRz\" there",
            r"k7Qx \u00e9\ud83d\ude00 m2-p?>vRz",
            id="in JSON",
        ),
        pytest.param(
            "?a=k7Qx%20%C3%A9%F0%9F%98%80%20m2-p%3F%3EvRz&b=%20",
            "k7Qx%20%C3%A9%F0%9F%98%80%20m2-p%3F%3EvRz",
            id="in an address",
        ),
        pytest.param(
            "a=k7Qx+%C3%A9%F0%9F%98%80+m2-p%3F%3EvRz&b=c",
            "k7Qx+%C3%A9%F0%9F%98%80+m2-p%3F%3EvRz",
            id="in a form",
        ),
        pytest.param("azdReCDDqfCfmIAgbTItcD8+dlJ6eno=", "azdReCDDqfCfmIAgbTItcD8+dlJ6", id="base64"),
        pytest.param("azdReCDDqfCfmIAgbTItcD8-dlJ6eno=", "azdReCDDqfCfmIAgbTItcD8-dlJ6", id="base64 for addresses"),
        pytest.param("YWs3UXggw6nwn5iAIG0yLXA/PnZSenp6", "s3UXggw6nwn5iAIG0yLXA/PnZSe", id="base64, one byte in"),
        pytest.param("YWs3UXggw6nwn5iAIG0yLXA_PnZSenp6", "s3UXggw6nwn5iAIG0yLXA_PnZSe", id="for addresses, too"),
        pytest.param("YWJrN1F4IMOp8J+YgCBtMi1wPz52Unp6eg==", "rN1F4IMOp8J+YgCBtMi1wPz52Un", id="base64, two bytes in"),
        pytest.param("YWJrN1F4IMOp8J-YgCBtMi1wPz52Unp6eg==", "rN1F4IMOp8J-YgCBtMi1wPz52Un", id="for addresses as well"),
        pytest.param(
            "x6b37517820c3a9f09f9880206d322d703f3e76527ax", "6b37517820c3a9f09f9880206d322d703f3e76527a", id="in hex"
        ),
        pytest.param(
            "6B 37 51 78 20 C3 A9 F0 9F 98 80 20 6D 32 2D 70 3F 3E 76 52 7A 00",
            "6B 37 51 78 20 C3 A9 F0 9F 98 80 20 6D 32 2D 70 3F 3E 76 52 7A",
            id="in capital hex by bytes",
        ),
    ],
)
def test_a_spelling_is_found_to_the_character(text: str, spelt: str) -> None:
    assert taken(text, SECRET) == {spelt}
    assert taken(text[: text.index(spelt) + len(spelt) - 1], SECRET) == set()


@pytest.mark.parametrize("letter", list(" \t\r\n\f\v|>\"'`\\,;:"))
def test_what_may_stand_between_the_parts_of_a_broken_line(letter: str) -> None:
    assert taken(f"(a1B2c3{letter}D4e5F6)", "a1B2c3D4e5F6") == {f"a1B2c3{letter}D4e5F6"}


@pytest.mark.parametrize("letter", ["\b", "/", "-", "."])
def test_and_what_may_not(letter: str) -> None:
    assert taken(f"(a1B2c3{letter}D4e5F6)", "a1B2c3D4e5F6") == set()


@pytest.mark.parametrize(
    ("secret", "text"),
    [
        ("a1B2c3/D4e5F6", r"a1B2c3\/D4e5F6"), ("a1B2c3\bD4e5F6", r"a1B2c3\bD4e5F6"),
        ("a1B2c3D4e5F6", r"a1B2c3\nD4e5F6"), ("a1B2c3D4e5F6", r"a1B2c3\rD4e5F6"), ("a1B2c3D4e5F6", r"a1B2c3\tD4e5F6"),
        ("a1B2c3D4e5F6", r"a1B2c3\fD4e5F6"), ("a1B2c3D4e5F6", r"a1B2c3\\D4e5F6"), ("a1B2c3D4e5F6", r"a1B2c3\x444e5F6"),
    ],
)  # fmt: skip
def test_short_escapes_are_undone(secret: str, text: str) -> None:
    assert taken(f'"{text}"', secret) == {text}


def test_escapes_up_to_the_end_of_a_text_are_undone() -> None:
    assert taken("a1B2c3%444e5F6", "a1B2c3D4e5F6") == {"a1B2c3%444e5F6"}
    assert taken("a1B2c3D4e5F%36", "a1B2c3D4e5F6") == {"a1B2c3D4e5F%36"}


def test_a_secret_stands_in_a_text_as_often_as_it_does() -> None:
    secret = "a1B2c3D4e5F6"
    text = f"{secret}{secret} a1B2 c3D4 e5F6 {secret.encode().hex() * 2}"
    spans = set(OwnSecrets([secret]).spans(text))
    assert spans == {(0, 12), (12, 24), (25, 39), (40, 64), (64, 88)}


def test_a_secret_has_12_characters_or_more_apart_from_the_spaces_around_it() -> None:
    assert taken("(a1B2c3D4e5F6)", "a1B2c3D4e5F6") == {"a1B2c3D4e5F6"}
    assert taken("(a1B2c3D4e5F6)", " a1B2c3D4e5F6\n") == {"a1B2c3D4e5F6"}
    assert taken("(a1B2c3D4e5F6)", "\u00a0a1B2c3D4e5F6\u2003") == {"a1B2c3D4e5F6"}
    assert taken("(a1B2c3D4e5F) 61314232633344346535463d", "a1B2c3D4e5F", " a1B2c3D4e5F  ") == set()


def test_letters_that_become_two_in_lower_case_move_nothing() -> None:
    assert taken("İ " + b"a1B2c3D4e5F6".hex().upper() + " İ", "a1B2c3D4e5F6") == {"613142326333443465354636"}
