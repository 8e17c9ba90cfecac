"""Action inputs as the gate reads them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hls_action.config import inputs
from hls_action.domain.errors import UsageError
from hls_action.domain.events.relevance import DEFAULT_RULES


def test_without_inputs_the_defaults_hold() -> None:
    assert inputs.gate_rules({}) == DEFAULT_RULES
    empty = {f"HLS_{name}": " " for name in ("MENTION", "COMMENTS", "MIN_BODY_CHARS", "COMMAND", "TRIGGER_LABEL")}
    assert inputs.gate_rules(empty) == DEFAULT_RULES


def test_every_input() -> None:
    rules = inputs.gate_rules(
        {
            "HLS_MENTION": " @fish ",
            "HLS_COMMENTS": "ALL",
            "HLS_MIN_BODY_CHARS": "0",
            "HLS_IGNORE_ACTORS": "Eve, ci-*\n*-bot,,",
            "HLS_IGNORE_LABELS": "wip",
            "HLS_TRIGGER_LABEL": "Ask HLS",
            "HLS_COMMAND": "sweep",
            "HLS_WHO": "Issues = known,\npull_requests=members",
            "HLS_ALLOW_ACTORS": "Ann, team-*, @Org/Triage",
            "HLS_ALLOW_BOTS": "Sentry[bot]",
        }
    )
    assert rules._asdict() == {
        "mention": "@fish",
        "comments": "all",
        "min_body_chars": 0,
        "ignore_actors": ("eve", "ci-*", "*-bot"),
        "ignore_labels": ("wip",),
        "trigger_label": "ask hls",
        "command": "sweep",
        "who": ("known", "all", "members"),
        "allow_actors": ("ann", "team-*", "@org/triage"),
        "allow_bots": ("sentry[bot]",),
    }


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        (
            "HLS_COMMENTS",
            "adressed",
            "input 'comments' is 'adressed'; it must be one of addressed, all, none. Did you mean 'addressed'?",
        ),
        ("HLS_COMMENTS", "xyz", "input 'comments' is 'xyz'; it must be one of addressed, all, none."),
        (
            "HLS_COMMAND",
            "re-run",
            f"input 'command' is 're-run'; it must be one of {', '.join(inputs.COMMANDS)}. Did you mean 'rerun'?",
        ),
        ("HLS_MENTION", "a b", "input 'mention' is 'a b'; it must be one word of 2 characters or more, like '/hls'."),
        ("HLS_MENTION", "/", "input 'mention' is '/'; it must be one word of 2 characters or more, like '/hls'."),
        ("HLS_MIN_BODY_CHARS", "-1", "input 'min-body-chars' is '-1'; it must be a whole number of 0 or more."),
        ("HLS_MIN_BODY_CHARS", "5.5", "input 'min-body-chars' is '5.5'; it must be a whole number of 0 or more."),
        ("HLS_MIN_BODY_CHARS", "٣", "input 'min-body-chars' is '٣'; it must be a whole number of 0 or more."),
        ("HLS_MIN_BODY_CHARS", "1" * 13, "it must be a whole number of 0 or more."),
        ("HLS_WHO", "member", "like 'issues=all, comments=known'. Did you mean 'members'?"),
        (
            "HLS_WHO",
            "issue=known",
            (
                "input 'who' is 'issue=known'; it must be one of all, known, members, or several of issues=WHO, "
                "comments=WHO, pull_requests=WHO, like 'issues=all, comments=known'. Did you mean 'issues'?"
            ),
        ),
        ("HLS_WHO", "issues=all, comments=nown", "like 'issues=all, comments=known'. Did you mean 'known'?"),
        ("HLS_WHO", "all, comments=known", "like 'issues=all, comments=known'."),
        (
            "HLS_ALLOW_ACTORS",
            "ann, org/team",
            (
                "input 'allow-actors' contains 'org/team'; it must be an account like 'ann', a pattern like 'ann-*' or "
                "a team like '@org/team'."
            ),
        ),
        ("HLS_ALLOW_ACTORS", 'ann, "@org/team"', "or a team like '@org/team'. Leave out the quotation marks."),
        (
            "HLS_IGNORE_ACTORS",
            'eve, "*-bot"',
            (
                "input 'ignore-actors' contains '\"*-bot\"'; it must be an account like 'ann' or a pattern like "
                "'ann-*'. Leave out the quotation marks."
            ),
        ),
        ("HLS_IGNORE_ACTORS", "@org/team", "it must be an account like 'ann' or a pattern like 'ann-*'."),
        ("HLS_IGNORE_ACTORS", "eve bob", "it must be an account like 'ann' or a pattern like 'ann-*'."),
        ("HLS_ALLOW_BOTS", "@sentry[bot]", "it must be an account like 'ann' or a pattern like 'ann-*'."),
        ("HLS_ALLOW_ACTORS", "@ann", "or a team like '@org/team'."),
        ("HLS_ALLOW_ACTORS", "@org/", "or a team like '@org/team'."),
    ],
)
def test_a_wrong_input_is_named_with_what_would_be_right(variable: str, value: str, message: str) -> None:
    with pytest.raises(UsageError, match=re.escape(message) + "$"):
        inputs.gate_rules({variable: value})


def test_a_number_has_a_least_value() -> None:
    assert inputs.number({"HLS_NUMBER": "1"}) == 1
    assert inputs.min_body_chars({"HLS_MIN_BODY_CHARS": "0"}) == 0
    with pytest.raises(UsageError, match="input 'number' is '0'; it must be a whole number of 1 or more"):
        inputs.number({"HLS_NUMBER": "0"})


def test_a_rerun_names_its_thread() -> None:
    assert inputs.thread_number({"HLS_NUMBER": " 12 "}, "rerun") == 12
    assert inputs.thread_number({}, "auto") is None
    with pytest.raises(
        UsageError, match="the command 'rerun' needs the input 'number', the issue or pull request to look at"
    ):
        inputs.thread_number({"HLS_NUMBER": " "}, "rerun")
    for command in inputs.COMMANDS:
        with pytest.raises(UsageError, match="input 'number' is '#12'; it must be a whole number of 1 or more"):
            inputs.thread_number({"HLS_NUMBER": "#12"}, command)


@given(st.text())
def test_a_number_is_a_number_or_an_error(text: str) -> None:
    try:
        number = inputs.min_body_chars({"HLS_MIN_BODY_CHARS": text})
    except UsageError:
        assert not re.fullmatch(r"[0-9]{0,12}", text.strip())
    else:
        assert number == int(text.strip() or 50)


def test_the_nearest_word_is_offered() -> None:
    assert inputs.nearest("labls", ("labels", "budget")) == " Did you mean 'labels'?"
    assert inputs.nearest("zzz", ("labels", "budget")) == ""


@pytest.mark.parametrize("name", ["comments", "command", "min-body-chars", "mention"])
def test_what_would_be_right_is_said_however_long_the_wrong_value_is(name: str) -> None:
    with pytest.raises(UsageError) as told:
        inputs.gate_rules({"HLS_" + name.upper().replace("-", "_"): "no such value " * 500})
    assert len(str(told.value)) < 250
    assert "; it must be " in str(told.value)
