"""Work that is begun early, and work that is done once."""

from __future__ import annotations

from itertools import count
from threading import Event

import pytest

from hls_action.resilience.background import Background, Early, Once


def test_what_was_done_once_is_there_for_all() -> None:
    results = iter(["first", "second"])
    once = Once(lambda: next(results))
    assert [once(), once()] == ["first", "first"]


class Told(list[Exception]):
    """Tells when somebody has counted what is in it, which is what they do before they wait."""

    def __init__(self) -> None:
        super().__init__()
        self.counted = Event()

    def __len__(self) -> int:
        self.counted.set()
        return super().__len__()


def test_who_waited_for_a_failure_shares_it_and_who_comes_later_tries_again() -> None:
    begun, go_on, attempts = Event(), Event(), count(1)

    def work() -> str:
        begun.set()
        assert go_on.wait(30)
        if next(attempts) == 1:
            raise ValueError("broken")
        return "fine"

    once = Once(work)
    first = Background(once)
    assert begun.wait(30)
    once._errors = errors = Told()
    second = Background(once)
    assert errors.counted.wait(30)
    go_on.set()
    for each in (first, second):
        with pytest.raises(ValueError, match="broken"):
            each()
    assert once() == "fine"


def test_what_was_begun_early_is_for_whoever_asks_first_for_just_that() -> None:
    early = Early("seven", lambda: "read")
    assert early.take("eight") is None
    first = early.take("seven")
    assert first is not None
    assert first() == "read"
    assert early.take("seven") is None
