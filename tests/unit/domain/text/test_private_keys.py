"""Where a private key begins and ends, to the character. That it leaves a text, in whatever shape: test_secrets.

The keys here are made up, and put together from parts, so that no scanner takes this file for a leak.
"""

from __future__ import annotations

from base64 import b64encode

import pytest

from hls_action.domain.text.private_keys import private_keys

BEGIN = "-----BEGIN " + "PRIVATE KEY-----"
END = "-----END " + "PRIVATE KEY-----"
TWENTY = "q8Zt0KfW3mVx1RbY5nHc"
BODY = f"{TWENTY}{TWENTY}\n{TWENTY}{TWENTY}"
KEY = f"{BEGIN}\n{BODY}\n{END}"
TEN = "internally"


def taken(text: str) -> list[str]:
    return [text[start:end] for start, end in private_keys(text)]


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        pytest.param(f"a\n{KEY}\nb", [KEY], id="between two lines"),
        pytest.param(f"{KEY}\n\n{KEY}", [KEY, KEY], id="two, and each ends where it ends"),
        pytest.param(f"{KEY[:-2]}\nb", [KEY[:-2]], id="without its last two dashes"),
        pytest.param(f"{BEGIN}\n{BODY}\nThanks, all", [f"{BEGIN}\n{BODY}"], id="cut off, and a word below"),
        pytest.param(f"{BEGIN}\n{BODY}\nQ2X", [f"{BEGIN}\n{BODY}\nQ2X"], id="cut off within a line"),
        pytest.param(f"{END}\n{BEGIN}\n{BODY}", [f"{BEGIN}\n{BODY}"], id="the end of another one before it"),
        pytest.param(f"{BEGIN}\n{BODY}\nComment: {KEY}", [f"{BEGIN}\n{BODY}\nComment:", KEY], id="dashes end it"),
        pytest.param(f"{BEGIN}\n{TWENTY}\n{TWENTY}\n{END}", [f"{BEGIN}\n{TWENTY}\n{TWENTY}\n{END}"], id="the shortest"),
        pytest.param(f"{BEGIN}\n{TWENTY}\n{TWENTY[1:]}\n{END}", [], id="one character too short"),
        pytest.param(f"{BEGIN}\n{BODY}\n{'x' * 40}\n{END}", [f"{BEGIN}\n{BODY}\n{'x' * 40}\n{END}"], id="a dull end"),
        pytest.param(f"{BEGIN}\n{'x' * 64}\n{END}", [], id="made up"),
        pytest.param(f"{BEGIN} is what the file begins with: {BODY}", [], id="words right behind the dashes"),
        pytest.param(f"{BODY}\n{BEGIN}\n{END}", [], id="its lines before it"),
        pytest.param(
            f"{BEGIN}\n{TWENTY * 2}\n{f'{TEN} ' * 4}\n{END}",
            [f"{BEGIN}\n{TWENTY * 2}\n{f'{TEN} ' * 4}\n{END}"],
            id="as many letters of prose as of the key",
        ),
        pytest.param(
            f"{BEGIN}\n{TWENTY * 2}\n{f'{TEN} ' * 4}.\n{END}",
            [f"{BEGIN}\n{TWENTY * 2}"],
            id="more of prose, which stays",
        ),
    ],
)
def test_a_key_is_taken_from_its_first_dash_to_its_last(text: str, keys: list[str]) -> None:
    assert taken(text) == keys


@pytest.mark.parametrize("between", ["", "a\n", "ab\n", "abc\n", "and\nanother\n"])
@pytest.mark.parametrize("before", ["", "h", "hi"])
def test_each_of_several_keys_in_base64_is_taken_at_once(before: str, between: str) -> None:
    """Whatever stands before it: letters between two of them shift the groups of four in which the second is read."""
    encoded = b64encode(f"{before}{KEY}".encode()).decode().rstrip("=")
    found = list(private_keys(f"{encoded}\n{between}{encoded}"))
    assert [(start >= len(encoded), end > len(encoded)) for start, end in found] == [(False, False), (True, True)]
