"""How keys are spelt, and which of them name the same item."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hls_action.domain.events.relevance import DEFAULT_RULES
from hls_action.domain.threads.items import Item, digest, label_id, marked_keys, marker, names
from hls_action.domain.threads.keys import (
    RULE,
    CurrentKeys,
    Place,
    as_known,
    has_other_rule,
    is_same_text,
    names_all,
    place_asked,
    rule_of,
    stem,
)
from tests.unit.builders import NOON, SHA, comment, pull_thread, thread

HOUR = timedelta(hours=1)
KEYS = st.builds(
    lambda kind, number, rule, name: f"{kind}/{number}" + (f"@{rule}{name}" if name else ""),
    st.sampled_from(["issue", "comment"]),
    st.integers(1, 5),
    st.sampled_from(["", "1:", "2:", "3:", "12:"]),
    st.sampled_from(["", "a1", "b2"]),
)


@pytest.mark.parametrize(
    ("key", "rule"),
    [
        ("comment/31@abcdef012345", 1),
        ("comment/31@3:abcdef012345", 3),
        ("comment/31@17:abcdef012345", 17),
        ("issue/7", None),
        (f"pull/{SHA}", None),
        (f"label/{label_id('a @ 3:b')}", None),
        ("comment/31@99999:abc", None),
        ("comment/31@\u0663:abc", None),
        ("comment/31@:abc", None),
        ("comment/31@3:", None),
        ("comment/31@", None),
        ("", None),
    ],
)
def test_the_rule_in_a_key(key: str, rule: int | None) -> None:
    assert rule_of(key) == rule


@given(st.text(min_size=1).filter(str.strip), st.integers(1, 10**12))
def test_what_this_version_writes_is_its_own_and_a_marker_can_carry_it(text: str, number: int) -> None:
    item = Item("comment", str(number), digest(text))
    assert (rule_of(item.key), has_other_rule(item.key), stem(item.key)) == (RULE, False, f"comment/{number}")
    assert marked_keys(marker([item.key])) == {item.key}


@pytest.mark.parametrize(
    ("key", "name"),
    [
        pytest.param("comment/31@abc", "comment/31@3:new", id="an older rule's"),
        pytest.param("comment/31@4:abc", "comment/31@3:new", id="a newer rule's"),
        pytest.param("comment/31@3:abc", "comment/31@3:abc", id="this rule's: another text"),
        pytest.param("comment/32@abc", "comment/32@abc", id="another comment's"),
        pytest.param("issue/7@abc", "issue/7", id="an issue's, in which nothing in particular is asked now"),
        pytest.param("notice/7", "notice/7", id="one without a digest"),
    ],
)
def test_what_an_item_is_called_now(key: str, name: str) -> None:
    assert CurrentKeys({"comment/31": "comment/31@3:new", "issue/7": "issue/7"}).of(key, NOON) == name


@pytest.mark.parametrize(("edited", "stands"), [(NOON - HOUR, True), (NOON, True), (NOON + HOUR, False)])
def test_an_edit_afterwards_makes_another_item(edited: object, stands: bool) -> None:
    known = CurrentKeys({"comment/31": "comment/31@3:new"}, {"comment/31": edited})  # type: ignore[dict-item]
    assert (known.of("comment/31@abc", NOON) == "comment/31@3:new") is stands


@pytest.mark.parametrize("key", ["comment/31@abc", "comment/31@4:abc"])
def test_the_same_digits_are_the_same_text_whenever_it_was_edited(key: str) -> None:
    known = CurrentKeys({"comment/31": "comment/31@3:abc"}, {"comment/31": NOON + HOUR})
    assert known.of(key, NOON) == "comment/31@3:abc"


@pytest.mark.parametrize(
    ("key", "other", "same"),
    [
        ("comment/31@abc", "comment/31@3:abc", True),
        ("comment/31@3:abc", "comment/31@3:abd", False),
        ("comment/31@3:abc", "comment/31", False),
        ("comment/31", "comment/31", False),
    ],
)
def test_only_digests_tell_that_texts_are_the_same(key: str, other: str, same: bool) -> None:
    assert is_same_text(key, other) is same


def test_the_names_in_a_thread() -> None:
    """Only what an edit can make another item of; a clock that differs makes no edit."""
    asks, plain = comment(31, "/hls why?"), comment(32, "Me too.")
    edited = comment(33, "/hls how?")
    edited = type(edited)(**vars(edited) | {"updated_at": NOON + HOUR})
    same = type(asks)(**vars(asks) | {"updated_at": NOON})
    conversation = thread(same, plain, edited, labels=("hls",), body="/hls Which?")
    assert names(conversation, DEFAULT_RULES) == CurrentKeys(
        {
            "issue/7": f"issue/7@{digest('Which?')}",
            "comment/31": f"comment/31@{digest('why?')}",
            "comment/33": f"comment/33@{digest('how?')}",
        },
        {"comment/33": NOON + HOUR},
    )
    assert names(conversation, DEFAULT_RULES, NOON).edited["issue/7"] == NOON
    assert names(pull_thread(), DEFAULT_RULES) == CurrentKeys()


@given(st.lists(KEYS), st.lists(KEYS))
def test_keys_are_spelt_as_others_spell_them(keys: list[str], known: list[str]) -> None:
    for key, spelt in zip(keys, as_known(keys, known), strict=True):
        assert stem(spelt) == stem(key)
        if not has_other_rule(key) or key in known:
            assert spelt == key
        else:
            assert spelt in known or stem(key) not in map(stem, known)


@pytest.mark.parametrize(
    ("named", "keys", "all_named"),
    [
        (["issue/7", "comment/31@3:a"], ["comment/31@3:a"], True),
        (["comment/31@3:a"], ["comment/31@3:b"], False),
        (["comment/31@a"], ["comment/31@3:b"], True),
        (["comment/31@3:a"], ["comment/31@4:b"], True),
        (["comment/31@a"], ["comment/32@3:a"], False),
        (["issue/7"], ["issue/7", "label/x"], False),
        (["issue/7"], ["issue/7@3:a"], False),
        ([], ["issue/7"], False),
        (["issue/7"], [], True),
    ],
)
def test_which_keys_can_be_of_an_item_that_is_named(named: list[str], keys: list[str], all_named: bool) -> None:
    assert names_all(named, keys) is all_named


@pytest.mark.parametrize(
    ("keys", "place"),
    [
        pytest.param(["issue/7@3:abc", "comment/31@3:abc", "comment/32"], Place(32), id="the newest comment"),
        pytest.param(["issue/7@3:abc", "pull/abc"], Place(), id="an issue that asks"),
        pytest.param(["issue/7", "label/hls"], Place(), id="a label"),
        pytest.param(["issue/7", "pull/abc"], None, id="what nobody asked for"),
        pytest.param(["comment/x", f"comment/{10**18}", "comment/3/4"], None, id="no comments of GitHub's"),
        pytest.param([], None, id="nothing"),
    ],
)
def test_where_the_newest_request_is(keys: list[str], place: Place | None) -> None:
    assert place_asked(keys) == place
