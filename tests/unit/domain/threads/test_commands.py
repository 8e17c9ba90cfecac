"""Which requests are commands, and which of them wait for an answer."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hls_action.domain.threads.commands import FRESH, MAX_REASON, QUIET, WORDS, Command, CommandRule, Given, command_in
from tests.unit.builders import NOON, bot_comment

KEY, OTHER = "comment/31@3:aa", "comment/30@3:bb"
REPLY = bot_comment(32, "x")
"""At noon."""


@pytest.mark.parametrize(
    ("request_text", "command"),
    [
        pytest.param("", Command("help"), id="a mention by itself"),
        pytest.param("help", Command("help"), id="help"),
        pytest.param("Help?", Command("help"), id="a cry for help"),
        pytest.param(" STATUS. ", Command("status"), id="in capitals, as a sentence"),
        pytest.param("ignore", Command("ignore"), id="ignore"),
        pytest.param("retry!", Command("retry"), id="with emphasis"),
        pytest.param("resume", Command("resume"), id="resume"),
        pytest.param("resume  catch\nup", Command("resume catch up"), id="across lines"),
        pytest.param("pause", Command("pause"), id="pause"),
        pytest.param("pause: too much\nspam", Command("pause", "too much spam"), id="with a reason on two lines"),
        pytest.param(
            "Pause because of x" + "y" * 500, Command("pause", ("because of x" + "y" * 500)[:MAX_REASON]), id="long"
        ),
        pytest.param("pause the sweep, and how?", None, id="a question that begins like one"),
        pytest.param("pauses are too long", None, id="another word"),
        pytest.param("help me with this", None, id="a request for help"),
        pytest.param("resume the download", None, id="a request"),
        pytest.param("catch up", None, id="half of one"),
        pytest.param("retry the build", None, id="not alone"),
        pytest.param("why does it fail?", None, id="a question"),
    ],
)
def test_what_is_a_command(request_text: str, command: Command | None) -> None:
    assert command_in(request_text) == command


@given(st.text())
def test_a_question_never_is_one_but_for_help(text: str) -> None:
    found = command_in(f"{text}?")
    assert found is None or found == Command("help")


@given(st.sampled_from(["help", "status", "ignore", "retry", "resume", "pause"]), st.text(alphabet=" \n\t", max_size=3))
def test_a_word_alone_is_one_whatever_is_around_it(word: str, blank: str) -> None:
    assert command_in(f"{blank}{word.title()}{blank}") == Command(word)  # type: ignore[arg-type]


def due(word: str, minutes: float, *, busy: bool = False, recorded: float | None = None, replied: str = "") -> bool:
    """Whether a command that was given so many minutes after noon waits for an answer at one o'clock.

    ``recorded``: when something else was, by the same count; ``replied``: the word of one that had its reply at noon.
    """
    given = Given(KEY, word, NOON + timedelta(minutes=minutes))
    before = Given(OTHER, replied, NOON - timedelta(minutes=1))
    at = {} if recorded is None else {"issue/7": NOON + timedelta(minutes=recorded)}
    rule = CommandRule(NOON + timedelta(hours=1), at, ("issue/7",) if busy else ())
    return KEY in rule.due([given, before], {OTHER: REPLY} if replied else {})


@pytest.mark.parametrize("word", WORDS)
def test_one_that_is_new_waits_and_one_that_is_old_does_not(word: str) -> None:
    edge = 60 - FRESH.total_seconds() / 60
    assert (due(word, 0), due(word, edge), due(word, edge - 1)) == (True, True, False)


def test_a_retry_is_heard_by_what_it_tries_again() -> None:
    assert due("retry", 5, recorded=4)
    assert not due("retry", 5, recorded=5), "it was tried since"
    assert not due("retry", 5, recorded=4, busy=True), "it is about to be"
    assert due("help", 5, recorded=5, busy=True)


def test_what_was_told_just_now_is_not_told_again() -> None:
    wait = QUIET.total_seconds() / 60
    assert not due("help", wait - 1, replied="help")
    assert due("help", wait, replied="help")
    assert due("status", 1, replied="help")
    assert due("pause", 1, replied="pause"), "an order is always acknowledged"
    assert not due("help", -3, replied="help"), "nor is what came before that, and was not seen"


def test_one_that_has_its_reply_stays_what_it_is() -> None:
    old = Given(KEY, "help", NOON - timedelta(days=9))
    assert CommandRule(NOON, {}).due([old], {KEY: REPLY}) == {KEY}
