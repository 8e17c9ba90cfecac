"""Who gets how much of a day, by real processes and with nothing configured: a flood by one account, then by many new
ones, and then people who have contributed before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from tests.e2e.conftest import BODY, Scene, an_issue
from tests.standins import payloads
from tests.standins.aimock import Aimock, answer
from tests.standins.emulate import Emulate
from tests.standins.warm import WarmInterpreter

pytestmark = pytest.mark.e2e

ASKED = 30
"""By one account, and by as many new accounts once each."""
NEWCOMERS = [f"new-{number}" for number in range(ASKED)]
CONTRIBUTORS = [f"old-{number}" for number in range(5)]
DEAR = {"input_tokens": 10_000, "output_tokens": 8_000}
"""An answer for 0.10 USD by the default model, so that fifty of them are all of a day's 5 USD."""


def test_a_flood_leaves_contributors_their_answers(scene: Callable[..., AbstractContextManager[Scene]]) -> None:
    users = ("reporter", "flood", *NEWCOMERS, *CONTRIBUTORS)
    with (
        Emulate(users=users, tokens=20) as hub,
        Aimock([answer(usage=DEAR)]) as model,
        WarmInterpreter() as interpreter,
        scene(an_issue, hub=hub, model=model) as here,
    ):
        hub.contributors.update(CONTRIBUTORS)
        runs = iter(range(1, 1_000))

        def asks(login: str) -> str:
            number = here.repo.create_issue("Export crashes", BODY, by=login)["number"]
            here.tell(payloads.issues(here.repo, number))
            run = next(runs)
            ended = interpreter.run("run", env=here.env(run, 1, "run"), folder=here.next_folder(run, 1))
            return f"{ended.outcome} {ended.reason}".strip()

        flood = Counter(asks("flood") for _ in range(ASKED))
        newcomers = Counter(asks(login) for login in NEWCOMERS)
        known = [asks(login) for login in CONTRIBUTORS]

        assert flood == {"done answered": 4, "deferred share": 26}, "a tenth of the day"
        assert newcomers == {"done answered": 15, "deferred share": 15}, "with the flood, two fifths of the day"
        assert known == ["done answered"] * len(CONTRIBUTORS)
        assert here.calls() == 24
